-- The layers whose tables have all these columns. By the full name: a temporary table of that name is no list of layers.
CREATE FUNCTION layers_with(VARIADIC wanted text[]) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT layer FROM public.layer_versions
    WHERE cardinality(wanted) = (
        SELECT count(*) FROM pg_attribute
        WHERE attrelid = to_regclass('public.' || quote_ident(layer)) AND attname = ANY (wanted) AND NOT attisdropped)
    ORDER BY layer
$$;

-- Sets up all that the database does for a layer, and says what the plain role may do; a second time changes nothing.
-- Rows of a layer that does not stay are computed and removed; ``former`` names the columns whose old values are kept.
CREATE FUNCTION keep_layer(name text, stays boolean DEFAULT true, former text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    counter text;
BEGIN
    INSERT INTO layer_versions (layer, version) VALUES (name, 0) ON CONFLICT DO NOTHING;
    EXECUTE format('CREATE OR REPLACE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION raise_version()', name);
    IF name IN (SELECT layers_with('community_code', 'geom')) THEN
        -- A batch finds its communities in one statement and says so; any other writer is answered row by row.
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER community_found BEFORE INSERT ON %I FOR EACH ROW
             WHEN (NEW.community_code IS NULL AND NEW.geom IS NOT NULL
                   AND current_setting(''wuchuan.assigned'', true) IS DISTINCT FROM ''on'')
             EXECUTE FUNCTION keep_community()', name);
        -- a function, not IS DISTINCT FROM: a restore works without a search path and finds no operator
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER community_kept BEFORE UPDATE OF geom ON %I FOR EACH ROW
             WHEN (NEW.geom IS NOT NULL AND (OLD.geom IS NULL OR NOT ST_OrderingEquals(NEW.geom, OLD.geom))
                   AND current_setting(''wuchuan.assigned'', true) IS DISTINCT FROM ''on'')
             EXECUTE FUNCTION keep_community()', name);
    END IF;
    IF cardinality(former) > 0 THEN
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER former_kept AFTER UPDATE ON %I FOR EACH ROW
             WHEN ((%s) IS DISTINCT FROM (%s)) EXECUTE FUNCTION keep_former()', name,
            (SELECT string_agg(format('OLD.%I', one), ', ' ORDER BY place) FROM unnest(former) WITH ORDINALITY AS f (one, place)),
            (SELECT string_agg(format('NEW.%I', one), ', ' ORDER BY place) FROM unnest(former) WITH ORDINALITY AS f (one, place)));
    END IF;
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
    WHERE attrelid = format('public.%I', name)::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('REVOKE ALL ON %I FROM wuchuan_app', name);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO wuchuan_app', name);
    -- by column: a right to change the whole table would also be one to lock it
    EXECUTE CASE WHEN stays THEN format('GRANT UPDATE (%s) ON %I TO wuchuan_app', columns, name)
                 ELSE format('GRANT DELETE ON %I TO wuchuan_app', name) END;
    FOR counter IN
        SELECT pg_get_serial_sequence(format('public.%I', name), attname) FROM pg_attribute
        WHERE attrelid = format('public.%I', name)::regclass AND attidentity <> '' AND NOT attisdropped
    LOOP
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO wuchuan_app', counter);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION keep_layer(text, boolean, text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION reach_points() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE layer text;
BEGIN
    FOR layer IN SELECT layers_with('community_code', 'geom') LOOP
        EXECUTE format(
            'WITH found AS (
                 SELECT kept.ctid AS place, min(changed.code) AS code
                 FROM changed JOIN %1$I AS kept ON kept.geom && changed.geom AND ST_Intersects(changed.geom, kept.geom)
                 WHERE changed.level = ''community'' AND changed.valid_to IS NULL AND kept.community_code IS NULL
                 GROUP BY kept.ctid)
             UPDATE %1$I AS kept SET community_code = found.code FROM found WHERE kept.ctid = found.place', layer);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION leave_points() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE layer text;
BEGIN
    FOR layer IN SELECT layers_with('community_code', 'geom') LOOP
        EXECUTE format(
            'UPDATE %I AS kept SET community_code = community_at(kept.geom)
             FROM former
             WHERE former.level = ''community'' AND former.valid_to IS NULL AND kept.community_code = former.code
               AND kept.geom && former.geom AND ST_Intersects(former.geom, kept.geom)
               AND NOT EXISTS (
                   SELECT 1 FROM areas AS now
                   WHERE now.code = former.code AND now.level = ''community'' AND now.valid_to IS NULL
                     AND ST_Intersects(now.geom, kept.geom))', layer);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION strip_indexes(wanted text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE held boolean;
BEGIN
    IF wanted NOT IN (SELECT layers_with('community_code', 'geom', 'identity')) THEN
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

CREATE OR REPLACE FUNCTION make_indexes(wanted text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF wanted NOT IN (SELECT layers_with('community_code', 'geom', 'identity')) THEN
        RAISE EXCEPTION 'no layer of points: %', wanted;
    END IF;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT uq_%s_identity UNIQUE (identity)', wanted, wanted);
    EXECUTE format('CREATE INDEX ix_%s_geom ON %I USING gist (geom)', wanted, wanted);
END
$$;

-- Every table of places has such an index.
CREATE OR REPLACE FUNCTION check_indexes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.layer IN (SELECT layers_with('geom')) AND to_regclass(format('public.ix_%s_geom', NEW.layer)) IS NULL THEN
        RAISE EXCEPTION 'layer % has lost its indexes', NEW.layer;
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER indexes_stand ON layer_versions;
CREATE CONSTRAINT TRIGGER indexes_stand AFTER UPDATE ON layer_versions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION check_indexes();

SELECT keep_layer(layer) FROM unnest(ARRAY['areas', 'rental_units', 'venues', 'counts', 'roads', 'jurisdictions',
                                           'rivers', 'decisions', 'alerts', 'drawn_zones']) AS layer;
SELECT keep_layer('tips', former => ARRAY['tip_no', 'received_at', 'source_no', 'channel', 'category', 'text', 'address']);
SELECT keep_layer('raids', former => ARRAY['action_no', 'date', 'place', 'kind', 'outcome', 'dens', 'people', 'text']);
SELECT keep_layer(layer, stays => false) FROM unnest(ARRAY['hotspots', 'forecast_cells', 'misses', 'risk_zones']) AS layer;
GRANT UPDATE ON risk_zones TO wuchuan_app;  -- by a review
