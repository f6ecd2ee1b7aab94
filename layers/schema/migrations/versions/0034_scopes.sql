-- The area of whoever acts, as its transaction handed it over: '*' is the whole city, the beginning of a code an area;
-- anything else, and nothing, sees no row. STABLE, for a plan is kept for longer than an area.
CREATE FUNCTION sees_city() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('wuchuan.scope', true) = '*', false)
$$;
CREATE FUNCTION scope_from() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('wuchuan.scope', true) ~ '^[0-9A-Za-z_-]{1,32}$'
                THEN current_setting('wuchuan.scope', true) END
$$;
-- After every code that begins so, in the order of bytes.
CREATE FUNCTION scope_until() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT scope_from() || chr(1114111)
$$;
CREATE FUNCTION in_scope(code text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sees_city() OR coalesce(code COLLATE "C" >= scope_from() AND code COLLATE "C" < scope_until(), false)
$$;

-- Rows of a table are seen and written where the code in that column lies in the area. The settings are read once for a
-- statement, and the order of bytes needs no pattern that a code could hold.
CREATE FUNCTION keep_scope(name text, code text DEFAULT 'area_code') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY own_area ON %1$I USING ((SELECT sees_city()) OR (%2$I COLLATE "C" >= (SELECT scope_from())
         AND %2$I COLLATE "C" < (SELECT scope_until())))', name, code);
END
$$;
-- Rows of a table are seen and written by whoever sees the whole city.
CREATE FUNCTION keep_city(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY whole_city ON %I USING ((SELECT sees_city()))', name);
END
$$;
REVOKE ALL ON FUNCTION keep_scope(text, text), keep_city(text) FROM PUBLIC;

-- A tip that is handed on belongs to the desk it went to; one without a place to the city's.
ALTER TABLE tips ADD COLUMN handed_to TEXT DEFAULT '' NOT NULL;
ALTER TABLE tips ADD COLUMN desk_code TEXT GENERATED ALWAYS AS (
    CASE WHEN handed_to <> '' THEN handed_to ELSE coalesce(community_code, '') END) STORED NOT NULL;
GRANT UPDATE (handed_to) ON tips TO wuchuan_app;
COMMENT ON COLUMN tips.handed_to IS 'the code of the area whose desk it was handed to; empty while it is at its own';
COMMENT ON COLUMN tips.desk_code IS 'the code of the area whose desk has it; empty for the city''s';

SELECT keep_scope(name) FROM unnest(ARRAY[
    'rental_units', 'venues', 'raids', 'counts', 'decisions', 'drawn_zones', 'drawn_zone_versions', 'alerts',
    'alert_steps', 'hotspots', 'hotspots_aside', 'forecast_cells', 'misses', 'risk_zones', 'risk_zones_aside',
    'zone_reviews']) AS name;
SELECT keep_scope('tips', 'desk_code');
SELECT keep_city(name) FROM unnest(ARRAY['alert_deliveries', 'pictures']) AS name;

-- A step stays with whoever took it, and goes with its tip.
ALTER TABLE tip_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE tip_steps FORCE ROW LEVEL SECURITY;
CREATE POLICY own_area ON tip_steps USING (
    (SELECT sees_city()) OR (area_code COLLATE "C" >= (SELECT scope_from()) AND area_code COLLATE "C" < (SELECT scope_until()))
    OR EXISTS (SELECT FROM tips WHERE tips.tip_id = tip_steps.tip_id));

-- A contact goes with its tip, its key and its steps with it.
DO $$
DECLARE held record;
BEGIN
    FOR held IN SELECT * FROM (VALUES ('contacts', 'tips', 'tip_id'), ('contact_keys', 'contacts', 'contact_id'),
                                      ('contact_steps', 'contacts', 'contact_id')) AS parts (name, whole, number) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', held.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', held.name);
        EXECUTE format('CREATE POLICY own_tip ON %1$I USING ((SELECT sees_city())
                        OR EXISTS (SELECT FROM %2$I WHERE %2$I.%3$I = %1$I.%3$I))', held.name, held.whole, held.number);
    END LOOP;
END
$$;

-- An action is seen where a target lies or for which it is planned, and by an agency that it names.
ALTER TABLE actions ADD COLUMN area_code TEXT DEFAULT '' NOT NULL;
ALTER TABLE actions ALTER area_code SET DEFAULT CASE WHEN sees_city() THEN '' ELSE acting('scope') END;
COMMENT ON COLUMN actions.area_code IS 'how the codes begin of the area it is planned for; empty for the whole city';
ALTER TABLE actions DROP CONSTRAINT uq_actions_name;
ALTER TABLE actions ADD CONSTRAINT uq_actions_name UNIQUE (name, area_code);
CREATE INDEX ix_actions_area_code ON actions (area_code);

-- Where the targets of each action lie, kept beside them: no policy guards it and nobody but its functions reads it.
CREATE TABLE target_areas (
    action_id BIGINT NOT NULL CONSTRAINT fk_target_areas_action_id REFERENCES actions (action_id) ON DELETE CASCADE,
    area_code TEXT NOT NULL,
    CONSTRAINT pk_target_areas PRIMARY KEY (action_id, area_code)
);
COMMENT ON TABLE target_areas IS 'where the targets of each action lie, for the policies of row security';
INSERT INTO target_areas SELECT DISTINCT action_id, area_code FROM targets;
-- Of its owner, so that the policies of actions and targets do not ask each other.
CREATE FUNCTION sees_action(wanted bigint, planned_for text, named text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT sees_city()
        OR (acting('agency') = '' OR acting('agency') = ANY (named))
           AND (in_scope(planned_for) OR EXISTS (
               SELECT FROM target_areas WHERE action_id = wanted AND in_scope(area_code)))
$$;
CREATE FUNCTION keep_target_areas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO target_areas VALUES (NEW.action_id, NEW.area_code) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER areas_kept AFTER INSERT OR UPDATE OF area_code ON targets FOR EACH ROW EXECUTE FUNCTION keep_target_areas();

ALTER TABLE actions ENABLE ROW LEVEL SECURITY;
ALTER TABLE actions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_area ON actions
    USING ((SELECT sees_city()) OR sees_action(action_id, area_code, agencies));
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['targets', 'legs', 'action_steps'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_action ON %1$I USING ((SELECT sees_city())
             OR EXISTS (SELECT FROM actions WHERE actions.action_id = %1$I.action_id))', name);
    END LOOP;
END
$$;

-- What was done in the house is read by whoever sees the whole city, and written by everybody.
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
CREATE POLICY whole_city ON audit FOR SELECT USING ((SELECT sees_city()));
CREATE POLICY all_add ON audit FOR INSERT WITH CHECK (true);

-- The report of an import holds rows of its file.
ALTER TABLE import_batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_batches FORCE ROW LEVEL SECURITY;
CREATE POLICY own_imports ON import_batches USING ((SELECT sees_city()) OR account = (SELECT acting('account')));

-- Rows are copied into an empty layer whose policy and indexes are off, under the lock of this transaction: COPY knows no
-- policies. Both are on again before it ends, or it does not end well.
CREATE OR REPLACE FUNCTION strip_indexes(wanted text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE held boolean;
BEGIN
    IF wanted NOT IN (SELECT layers_with('community_code', 'geom', 'identity')) THEN
        RAISE EXCEPTION 'no layer of points: %', wanted;
    END IF;
    IF NOT sees_city() THEN
        RETURN false;
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
    EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', wanted);
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
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wanted);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT uq_%s_identity UNIQUE (identity)', wanted, wanted);
    EXECUTE format('CREATE INDEX ix_%s_geom ON %I USING gist (geom)', wanted, wanted);
END
$$;
CREATE OR REPLACE FUNCTION check_indexes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.layer IN (SELECT layers_with('geom')) AND to_regclass(format('public.ix_%s_geom', NEW.layer)) IS NULL THEN
        RAISE EXCEPTION 'layer % has lost its indexes', NEW.layer;
    END IF;
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(format('public.%I', NEW.layer))
               AND relforcerowsecurity AND NOT relrowsecurity) THEN
        RAISE EXCEPTION 'layer % has lost its row security', NEW.layer;
    END IF;
    RETURN NULL;
END
$$;
