-- The community a point lies in: the smallest code where two share the border, so that the answer never varies.
CREATE FUNCTION community_at(point geometry) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT code FROM areas
    WHERE level = 'community' AND valid_to IS NULL AND geom && point AND ST_Intersects(geom, point)
    ORDER BY code LIMIT 1
$$;

CREATE FUNCTION keep_community() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.community_code := community_at(NEW.geom);
    RETURN NEW;
END
$$;

-- Points whose community is not known get the one that has come to lie under them.
CREATE FUNCTION reach_points() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE layer text;
BEGIN
    FOREACH layer IN ARRAY ARRAY['rental_units', 'venues', 'tips', 'raids', 'decisions'] LOOP
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

-- Points that lay in their community and no longer do, because its border moved or it ended, ask again where they lie.
-- A stated community that never held its point is left alone.
CREATE FUNCTION leave_points() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE layer text;
BEGIN
    FOREACH layer IN ARRAY ARRAY['rental_units', 'venues', 'tips', 'raids', 'decisions'] LOOP
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

CREATE TRIGGER border_added AFTER INSERT ON areas REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION reach_points();
CREATE TRIGGER border_left AFTER UPDATE ON areas REFERENCING OLD TABLE AS former
FOR EACH STATEMENT EXECUTE FUNCTION leave_points();
CREATE TRIGGER border_reached AFTER UPDATE ON areas REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION reach_points();
CREATE TRIGGER border_removed AFTER DELETE ON areas REFERENCING OLD TABLE AS former
FOR EACH STATEMENT EXECUTE FUNCTION leave_points();

-- What speaks of a den, said once: tips that were not thrown out, and raids that found one.
CREATE VIEW standing_tips WITH (security_invoker = true) AS
SELECT * FROM tips WHERE coalesce(status, 'new') NOT IN ('duplicate', 'rejected');
CREATE VIEW findings WITH (security_invoker = true) AS
SELECT * FROM raids WHERE outcome = 'found' OR dens > 0;

CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE layer_versions SET version = version + 1, changed_at = now() WHERE layer = TG_TABLE_NAME;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO count_changes (count_id, count_before, count_after, batch_id)
    VALUES (NEW.count_id, OLD.count, NEW.count, NEW.batch_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER count_changed AFTER UPDATE OF count ON counts
FOR EACH ROW WHEN (NEW.count IS DISTINCT FROM OLD.count) EXECUTE FUNCTION keep_count_change();

DO $$
DECLARE layer text;
BEGIN
    FOREACH layer IN ARRAY ARRAY['rental_units', 'venues', 'tips', 'raids', 'decisions'] LOOP
        -- A batch finds its communities in one statement and says so; any other writer is answered row by row.
        EXECUTE format(
            'CREATE TRIGGER community_found BEFORE INSERT ON %I FOR EACH ROW
             WHEN (NEW.community_code IS NULL AND NEW.geom IS NOT NULL
                   AND current_setting(''wuchuan.assigned'', true) IS DISTINCT FROM ''on'')
             EXECUTE FUNCTION keep_community()', layer);
        -- a function, not IS DISTINCT FROM: a restore works without a search path and finds no operator
        EXECUTE format(
            'CREATE TRIGGER community_kept BEFORE UPDATE OF geom ON %I FOR EACH ROW
             WHEN (NEW.geom IS NOT NULL AND (OLD.geom IS NULL OR NOT ST_OrderingEquals(NEW.geom, OLD.geom))
                   AND current_setting(''wuchuan.assigned'', true) IS DISTINCT FROM ''on'')
             EXECUTE FUNCTION keep_community()', layer);
    END LOOP;
    FOREACH layer IN ARRAY ARRAY['areas', 'jurisdictions', 'rental_units', 'venues', 'tips', 'raids', 'counts',
                                 'decisions', 'roads', 'rivers', 'hotspots', 'risk_zones'] LOOP
        INSERT INTO layer_versions (layer, version) VALUES (layer, 0);
        EXECUTE format('CREATE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION raise_version()', layer);
    END LOOP;
END
$$;

-- The application works as a plain role: rows only, no tables, no functions, not the migrations' own record.
GRANT USAGE ON SCHEMA public TO wuchuan_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO wuchuan_app;
REVOKE INSERT, UPDATE, DELETE ON standing_tips, findings FROM wuchuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wuchuan_app;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM wuchuan_app;
REVOKE UPDATE, DELETE ON count_changes, audit, import_batches FROM wuchuan_app;
GRANT UPDATE (report) ON import_batches TO wuchuan_app;
