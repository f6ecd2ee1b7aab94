CREATE TABLE drawn_zones (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    name TEXT NOT NULL,
    family TEXT NOT NULL,
    note TEXT NOT NULL,
    radius_m DOUBLE PRECISION,
    area_code TEXT NOT NULL,
    account TEXT NOT NULL,
    version BIGINT DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    geom geometry(GEOMETRY,4490) NOT NULL,
    CONSTRAINT pk_drawn_zones PRIMARY KEY (id),
    CONSTRAINT ck_drawn_zones_family CHECK (family IN ('key_area', 'key_premises', 'prone_area', 'note')),
    CONSTRAINT ck_drawn_zones_geom CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))
);
CREATE INDEX ix_drawn_zones_geom ON drawn_zones USING gist (geom);
CREATE TABLE drawn_zone_versions (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    family TEXT NOT NULL,
    note TEXT NOT NULL,
    radius_m DOUBLE PRECISION,
    area_code TEXT NOT NULL,
    account TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    geom geometry(GEOMETRY,4490) NOT NULL,
    CONSTRAINT pk_drawn_zone_versions PRIMARY KEY (id, version)
);
CREATE INDEX ix_drawn_zone_versions_geom ON drawn_zone_versions USING gist (geom);

COMMENT ON COLUMN drawn_zones.radius_m IS 'a circle is its centre and this';
COMMENT ON COLUMN drawn_zones.account IS 'who made this version';
COMMENT ON COLUMN drawn_zones.deleted_at IS 'taken off the map and kept, so that it can return';
COMMENT ON COLUMN drawn_zone_versions.radius_m IS 'a circle is its centre and this';
COMMENT ON COLUMN drawn_zone_versions.account IS 'who made this version';
COMMENT ON TABLE drawn_zone_versions IS 'written by a trigger with every change of drawn_zones';

CREATE FUNCTION keep_drawing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO drawn_zone_versions
        (id, version, name, family, note, radius_m, area_code, account, updated_at, deleted_at, geom)
    VALUES (NEW.id, NEW.version, NEW.name, NEW.family, NEW.note, NEW.radius_m, NEW.area_code, NEW.account,
            NEW.updated_at, NEW.deleted_at, NEW.geom);
    RETURN NULL;
END
$$;
CREATE TRIGGER drawing_kept AFTER INSERT OR UPDATE ON drawn_zones FOR EACH ROW EXECUTE FUNCTION keep_drawing();

INSERT INTO layer_versions (layer, version) VALUES ('drawn_zones', 0);
CREATE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON drawn_zones
FOR EACH STATEMENT EXECUTE FUNCTION raise_version();

-- a drawing is taken off the map, never out of the house; its versions are neither changed nor removed
GRANT SELECT, INSERT, UPDATE ON drawn_zones TO wuchuan_app;
GRANT SELECT, INSERT ON drawn_zone_versions TO wuchuan_app;
