CREATE TABLE watches (
    county_code TEXT NOT NULL,
    until DATE NOT NULL,
    reason TEXT NOT NULL,
    communities INTEGER NOT NULL,
    undrawn INTEGER NOT NULL,
    tips INTEGER NOT NULL,
    level DOUBLE PRECISION,
    budget_per_year DOUBLE PRECISION NOT NULL,
    method TEXT NOT NULL,
    seed BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_watches PRIMARY KEY (county_code)
);
COMMENT ON COLUMN watches.reason IS 'why nothing can be alarmed; '''' where it can';
COMMENT ON COLUMN watches.undrawn IS 'communities without a border, which are in no zone';
COMMENT ON COLUMN watches.tips IS 'independent ones in the record';
COMMENT ON COLUMN watches.level IS 'the least LLR that is an alarm; empty where none is known';

CREATE TABLE alerts (
    alert_id BIGINT GENERATED ALWAYS AS IDENTITY,
    county_code TEXT NOT NULL,
    area_code TEXT NOT NULL,
    communities TEXT[] NOT NULL,
    since DATE NOT NULL,
    until DATE NOT NULL,
    observed INTEGER NOT NULL,
    expected DOUBLE PRECISION NOT NULL,
    llr DOUBLE PRECISION NOT NULL,
    level DOUBLE PRECISION NOT NULL,
    recurrence_days DOUBLE PRECISION NOT NULL,
    chance_days INTEGER NOT NULL,
    raised_on DATE NOT NULL,
    loud_on DATE NOT NULL,
    method TEXT NOT NULL,
    seed BIGINT NOT NULL,
    post TEXT NOT NULL,
    due_on DATE NOT NULL,
    result TEXT,
    note TEXT DEFAULT '' NOT NULL,
    closed_by TEXT,
    closed_at TIMESTAMP WITH TIME ZONE,
    version INTEGER DEFAULT 1 NOT NULL,
    geom geometry(MULTIPOLYGON,4490) NOT NULL,
    CONSTRAINT pk_alerts PRIMARY KEY (alert_id),
    CONSTRAINT ck_alerts_window CHECK (since < until),
    CONSTRAINT ck_alerts_excess CHECK (observed > expected AND expected >= 0),
    CONSTRAINT ck_alerts_days CHECK (raised_on <= loud_on AND raised_on < due_on),
    CONSTRAINT ck_alerts_communities CHECK (cardinality(communities) > 0 AND area_code = ANY (communities)),
    CONSTRAINT ck_alerts_result CHECK (result IN ('confirmed', 'nothing', 'false_alarm', 'transferred')),
    CONSTRAINT ck_alerts_closed CHECK ((result IS NULL) = (closed_at IS NULL) AND (result IS NULL) = (closed_by IS NULL))
);
CREATE INDEX ix_alerts_area_code ON alerts (area_code);
CREATE INDEX ix_alerts_county_code ON alerts (county_code);
CREATE INDEX ix_alerts_geom ON alerts USING gist (geom);
COMMENT ON COLUMN alerts.area_code IS 'the community of the zone that told most';
COMMENT ON COLUMN alerts.chance_days IS 'days of chance behind the recurrence; its most';
COMMENT ON COLUMN alerts.raised_on IS 'the day of analysis, never the clock';
COMMENT ON COLUMN alerts.loud_on IS 'the last day at the level: the quiet days count from here';
COMMENT ON COLUMN alerts.post IS 'the title of the post in charge';
COMMENT ON COLUMN alerts.result IS 'empty while the task is open';
COMMENT ON COLUMN alerts.closed_by IS 'the title of the post that closed it';

CREATE TABLE alert_steps (
    alert_step_id BIGINT GENERATED ALWAYS AS IDENTITY,
    alert_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    detail JSONB NOT NULL,
    post TEXT DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_alert_steps PRIMARY KEY (alert_step_id),
    CONSTRAINT ck_alert_steps_step CHECK (step IN ('raised', 'updated', 'closed')),
    CONSTRAINT fk_alert_steps_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (alert_id) ON DELETE CASCADE
);
CREATE INDEX ix_alert_steps_alert_id ON alert_steps (alert_id);
COMMENT ON COLUMN alert_steps.detail IS 'the figures of the day, or the result and its note';
COMMENT ON COLUMN alert_steps.post IS 'who closed it; '''' for the watch itself';

CREATE TABLE alert_deliveries (
    alert_delivery_id BIGINT GENERATED ALWAYS AS IDENTITY,
    alert_id BIGINT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    tries INTEGER DEFAULT 0 NOT NULL,
    last_error TEXT DEFAULT '' NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_alert_deliveries PRIMARY KEY (alert_delivery_id),
    CONSTRAINT uq_alert_deliveries_alert_id UNIQUE (alert_id, channel, address),
    CONSTRAINT ck_alert_deliveries_channel CHECK (channel IN ('email', 'webhook')),
    CONSTRAINT ck_alert_deliveries_state CHECK (state IN ('waiting', 'sent', 'failed')),
    CONSTRAINT fk_alert_deliveries_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (alert_id) ON DELETE CASCADE
);
CREATE INDEX ix_alert_deliveries_alert_id ON alert_deliveries (alert_id);
COMMENT ON COLUMN alert_deliveries.address IS 'a work address of the profile, or a webhook''s host';

INSERT INTO layer_versions (layer, version) VALUES ('alerts', 0);
CREATE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON alerts
FOR EACH STATEMENT EXECUTE FUNCTION raise_version();

-- Alerts are closed and never removed; their steps are a record: added, read, never changed.
GRANT SELECT, INSERT, UPDATE ON watches, alerts, alert_deliveries TO wuchuan_app;
GRANT SELECT, INSERT ON alert_steps TO wuchuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wuchuan_app;
