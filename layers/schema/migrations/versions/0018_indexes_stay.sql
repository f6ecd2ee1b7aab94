-- The row of a layer keeps its name, and a temporary table of an index's name is no index.
REVOKE UPDATE ON layer_versions FROM wuchuan_app;
GRANT UPDATE (version, changed_at) ON layer_versions TO wuchuan_app;

CREATE OR REPLACE FUNCTION check_indexes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass(format('public.ix_%s_geom', NEW.layer)) IS NULL THEN
        RAISE EXCEPTION 'layer % has lost its indexes', NEW.layer;
    END IF;
    RETURN NULL;
END
$$;

-- Whoever finds the layer in use, or filled meanwhile, hears false and fills it with its indexes standing; the lock is
-- given up with the block.
DROP FUNCTION strip_indexes(text);
CREATE FUNCTION strip_indexes(wanted text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE held boolean;
BEGIN
    IF wanted NOT IN ('rental_units', 'venues', 'tips', 'raids') THEN
        RAISE EXCEPTION 'no layer of points: %', wanted;
    END IF;
    BEGIN
        EXECUTE format('LOCK TABLE %I', wanted);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', wanted) INTO held;
        IF held THEN
            RAISE lock_not_available;
        END IF;
    EXCEPTION WHEN lock_not_available THEN
        RETURN false;
    END;
    EXECUTE format('DROP INDEX ix_%s_geom', wanted);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT uq_%s_identity', wanted, wanted);
    UPDATE layer_versions SET version = version + 1 WHERE layer = wanted;  -- so that the trigger looks
    RETURN true;
END
$$;

REVOKE ALL ON FUNCTION strip_indexes(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strip_indexes(text) TO wuchuan_app;
