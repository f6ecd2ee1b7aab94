CREATE TABLE risk_zones_aside (LIKE risk_zones);
CREATE TABLE hotspots_aside (LIKE hotspots);
ALTER TABLE hotspots_aside DROP COLUMN hotspot_id;

CREATE TABLE pictures (
    is_shown BOOLEAN NOT NULL,
    analysis_id BIGINT NOT NULL,
    CONSTRAINT pk_pictures PRIMARY KEY (is_shown),
    CONSTRAINT fk_pictures_analysis_id FOREIGN KEY(analysis_id) REFERENCES analyses (analysis_id)
);
INSERT INTO pictures (is_shown, analysis_id) SELECT true, max(analysis_id) FROM analyses HAVING count(*) > 0;

-- What an analysis computed is no record: it is computed again from the run's own snapshots.
GRANT SELECT, INSERT, UPDATE, DELETE ON risk_zones_aside, hotspots_aside, pictures TO wuchuan_app;
