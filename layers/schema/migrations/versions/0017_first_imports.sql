-- Points are indexed by GiST like all else: made at once it takes a third of SP-GiST's time, and it finds as fast.
DO $$
DECLARE made record;
BEGIN
    FOR made IN SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%USING spgist %'
    LOOP
        EXECUTE format('DROP INDEX %I', made.indexname);
        EXECUTE replace(made.indexdef, 'USING spgist ', 'USING gist ');
    END LOOP;
END
$$;

-- A large first import fills a bare table and makes its indexes at once, not row by row. The plain role, which cannot
-- touch the schema, may ask for this where a layer is empty; its transaction cannot end before the indexes stand again.
CREATE FUNCTION strip_indexes(wanted text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE held boolean;
BEGIN
    IF wanted NOT IN ('rental_units', 'venues', 'tips', 'raids') THEN
        RAISE EXCEPTION 'no layer of points: %', wanted;
    END IF;
    EXECUTE format('LOCK TABLE %I', wanted);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', wanted) INTO held;
    IF held THEN
        RAISE EXCEPTION 'layer % holds rows', wanted;
    END IF;
    EXECUTE format('DROP INDEX ix_%s_geom', wanted);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT uq_%s_identity', wanted, wanted);
    UPDATE layer_versions SET version = version + 1 WHERE layer = wanted;  -- so that the trigger below looks
END
$$;

CREATE FUNCTION make_indexes(wanted text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF wanted NOT IN ('rental_units', 'venues', 'tips', 'raids') THEN
        RAISE EXCEPTION 'no layer of points: %', wanted;
    END IF;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT uq_%s_identity UNIQUE (identity)', wanted, wanted);
    EXECUTE format('CREATE INDEX ix_%s_geom ON %I USING gist (geom)', wanted, wanted);
END
$$;

CREATE FUNCTION check_indexes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass(format('ix_%s_geom', NEW.layer)) IS NULL THEN
        RAISE EXCEPTION 'layer % has lost its indexes', NEW.layer;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER indexes_stand AFTER UPDATE ON layer_versions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.layer IN ('rental_units', 'venues', 'tips', 'raids')) EXECUTE FUNCTION check_indexes();

REVOKE ALL ON FUNCTION strip_indexes(text), make_indexes(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strip_indexes(text), make_indexes(text) TO wuchuan_app;
