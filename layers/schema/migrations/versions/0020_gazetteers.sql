CREATE TABLE gazetteers (
    gazetteer_id SMALLINT DEFAULT 1 NOT NULL,
    made_from TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    body BYTEA NOT NULL,
    CONSTRAINT pk_gazetteers PRIMARY KEY (gazetteer_id),
    CONSTRAINT ck_gazetteers_one CHECK (gazetteer_id = 1)
);
COMMENT ON TABLE gazetteers IS 'one row: the known places of the city, packed for those who look up addresses';
COMMENT ON COLUMN gazetteers.made_from IS 'the versions of the layers it was made from';

INSERT INTO layer_versions (layer, version) VALUES ('gazetteers', 0);
CREATE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gazetteers
FOR EACH STATEMENT EXECUTE FUNCTION raise_version();

GRANT SELECT, INSERT, UPDATE ON gazetteers TO wuchuan_app;
