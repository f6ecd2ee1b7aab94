ALTER TABLE tips ADD COLUMN duplicate_of BIGINT;
COMMENT ON COLUMN tips.duplicate_of IS 'the tip_id it repeats; no foreign key, which would slow every bulk delete';

CREATE TABLE tip_steps (
    tip_step_id BIGINT GENERATED ALWAYS AS IDENTITY,
    tip_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    post TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_tip_steps PRIMARY KEY (tip_step_id),
    CONSTRAINT ck_tip_steps_step CHECK (step IN ('added', 'accepted', 'duplicate', 'transferred', 'rejected')),
    CONSTRAINT fk_tip_steps_tip_id FOREIGN KEY(tip_id) REFERENCES tips (tip_id) ON DELETE CASCADE
);
CREATE INDEX ix_tip_steps_tip_id ON tip_steps (tip_id);
COMMENT ON COLUMN tip_steps.post IS 'the title of the post that took the step';

CREATE TABLE zone_reviews (
    zone_review_id BIGINT GENERATED ALWAYS AS IDENTITY,
    zone_id TEXT NOT NULL,
    area_code TEXT NOT NULL,
    decision TEXT NOT NULL,
    grade_before TEXT NOT NULL,
    grade TEXT NOT NULL,
    sources INTEGER NOT NULL,
    reason TEXT NOT NULL,
    post TEXT NOT NULL,
    reviewed_on DATE NOT NULL,
    expires_on DATE NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    geom geometry(MULTIPOLYGON,4490) NOT NULL,
    CONSTRAINT pk_zone_reviews PRIMARY KEY (zone_review_id),
    CONSTRAINT ck_zone_reviews_decision CHECK (decision IN ('confirmed', 'dismissed')),
    CONSTRAINT ck_zone_reviews_grade CHECK (grade IN ('red', 'orange', 'yellow')),
    CONSTRAINT ck_zone_reviews_expiry CHECK (expires_on > reviewed_on)
);
CREATE INDEX ix_zone_reviews_zone_id ON zone_reviews (zone_id);
CREATE INDEX ix_zone_reviews_area_code ON zone_reviews (area_code);
CREATE INDEX ix_zone_reviews_geom ON zone_reviews USING gist (geom);
COMMENT ON COLUMN zone_reviews.zone_id IS 'no foreign key: a dismissed zone is gone';
COMMENT ON COLUMN zone_reviews.sources IS 'what stood behind it: more bring a dismissed one back';

-- Steps and reviews are a record: added, read, never changed.
GRANT SELECT, INSERT ON tip_steps, zone_reviews TO wuchuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wuchuan_app;
