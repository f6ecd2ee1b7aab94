CREATE TABLE stations (
    station_id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    agency TEXT NOT NULL,
    area_code TEXT NOT NULL,
    geom geometry(POINT,4490) NOT NULL,
    CONSTRAINT pk_stations PRIMARY KEY (station_id),
    CONSTRAINT uq_stations_name UNIQUE (name)
);
CREATE INDEX ix_stations_area_code ON stations (area_code);
CREATE INDEX ix_stations_geom ON stations USING spgist (geom);

CREATE TABLE teams (
    team_id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    agency TEXT NOT NULL,
    station TEXT NOT NULL,
    officers INTEGER NOT NULL,
    ready_minutes DOUBLE PRECISION NOT NULL,
    CONSTRAINT pk_teams PRIMARY KEY (team_id),
    CONSTRAINT ck_teams_officers CHECK (officers >= 2),
    CONSTRAINT ck_teams_ready CHECK (ready_minutes >= 0),
    CONSTRAINT uq_teams_name UNIQUE (name),
    CONSTRAINT fk_teams_station FOREIGN KEY(station) REFERENCES stations (name) ON UPDATE CASCADE
);
CREATE INDEX ix_teams_station ON teams (station);
COMMENT ON COLUMN teams.ready_minutes IS 'from the call to the first wheel turning';

CREATE TABLE actions (
    action_id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    date DATE NOT NULL,
    window_since TIMESTAMP WITH TIME ZONE NOT NULL,
    window_until TIMESTAMP WITH TIME ZONE NOT NULL,
    h_hour TIMESTAMP WITH TIME ZONE,
    buffer_minutes DOUBLE PRECISION DEFAULT '10' NOT NULL,
    agencies TEXT[] NOT NULL,
    status TEXT DEFAULT 'draft' NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    CONSTRAINT pk_actions PRIMARY KEY (action_id),
    CONSTRAINT ck_actions_status CHECK (status IN ('draft', 'planned', 'approved')),
    CONSTRAINT ck_actions_window CHECK (window_since < window_until),
    CONSTRAINT ck_actions_buffer CHECK (buffer_minutes >= 0),
    CONSTRAINT uq_actions_name UNIQUE (name)
);
COMMENT ON COLUMN actions.h_hour IS 'the common time; empty until it is planned';

CREATE TABLE targets (
    target_id BIGINT GENERATED ALWAYS AS IDENTITY,
    action_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    place TEXT,
    zone_id TEXT,
    address TEXT NOT NULL,
    area_code TEXT NOT NULL,
    dwelling BOOLEAN NOT NULL,
    evidence TEXT DEFAULT '' NOT NULL,
    legal_basis TEXT DEFAULT '' NOT NULL,
    authority TEXT DEFAULT '' NOT NULL,
    document_no TEXT DEFAULT '' NOT NULL,
    police_document_no TEXT DEFAULT '' NOT NULL,
    pending BOOLEAN GENERATED ALWAYS AS (
        evidence = '' OR legal_basis = '' OR authority = '' OR document_no = ''
        OR (dwelling AND police_document_no = '')
    ) STORED NOT NULL,
    geom geometry(POINT,4490) NOT NULL,
    CONSTRAINT pk_targets PRIMARY KEY (target_id),
    CONSTRAINT fk_targets_action_id FOREIGN KEY(action_id) REFERENCES actions (action_id) ON DELETE CASCADE
);
CREATE INDEX ix_targets_action_id ON targets (action_id);
CREATE INDEX ix_targets_area_code ON targets (area_code);
CREATE INDEX ix_targets_geom ON targets USING spgist (geom);
COMMENT ON COLUMN targets.place IS 'layer:key of the premises or area; empty for a point on the map';
COMMENT ON COLUMN targets.zone_id IS 'the reviewed zone it was chosen in; zones come and go, this stays';

CREATE TABLE legs (
    leg_id BIGINT GENERATED ALWAYS AS IDENTITY,
    action_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    team_id BIGINT NOT NULL,
    travel_minutes DOUBLE PRECISION NOT NULL,
    notify_at TIMESTAMP WITH TIME ZONE NOT NULL,
    leave_at TIMESTAMP WITH TIME ZONE NOT NULL,
    arrive_at TIMESTAMP WITH TIME ZONE NOT NULL,
    geom geometry(LINESTRING,4490) NOT NULL,
    CONSTRAINT pk_legs PRIMARY KEY (leg_id),
    CONSTRAINT fk_legs_action_id FOREIGN KEY(action_id) REFERENCES actions (action_id) ON DELETE CASCADE,
    CONSTRAINT fk_legs_target_id FOREIGN KEY(target_id) REFERENCES targets (target_id) ON DELETE CASCADE,
    CONSTRAINT fk_legs_team_id FOREIGN KEY(team_id) REFERENCES teams (team_id)
);
CREATE INDEX ix_legs_action_id ON legs (action_id);
CREATE INDEX ix_legs_geom ON legs USING gist (geom);
CREATE INDEX ix_legs_target_id ON legs (target_id);
CREATE INDEX ix_legs_team_id ON legs (team_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON stations, teams, actions, targets, legs TO wuchuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wuchuan_app;
