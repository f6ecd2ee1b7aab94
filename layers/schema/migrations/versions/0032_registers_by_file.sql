ALTER TABLE teams RENAME COLUMN officers TO size;
ALTER TABLE teams RENAME CONSTRAINT ck_teams_officers TO ck_teams_size;
ALTER TABLE teams ALTER COLUMN size DROP NOT NULL, ALTER COLUMN ready_minutes DROP NOT NULL,
    ALTER COLUMN station DROP NOT NULL,
    ADD COLUMN skills text, ADD COLUMN vehicles integer, ADD COLUMN shift_from text, ADD COLUMN shift_until text;

COMMENT ON COLUMN teams.ready_minutes IS NULL;

ALTER TABLE stations RENAME COLUMN area_code TO community_code;  -- the area that it was given, a community or a wider one
ALTER TABLE stations ALTER COLUMN community_code DROP NOT NULL, ALTER COLUMN geom DROP NOT NULL,
    ADD COLUMN address text, ADD COLUMN place_error_m double precision,
    ADD COLUMN area_code text GENERATED ALWAYS AS (coalesce(community_code, '')) STORED NOT NULL;
DROP INDEX ix_stations_area_code;

ALTER TABLE decisions RENAME COLUMN decision_no TO number;
ALTER TABLE decisions RENAME CONSTRAINT uq_decisions_decision_no TO uq_decisions_number;
ALTER TABLE decisions ALTER COLUMN address DROP NOT NULL, ALTER COLUMN expires_on DROP NOT NULL,
    ADD COLUMN premises text, ADD COLUMN place_error_m double precision;

ALTER TABLE jurisdictions DROP CONSTRAINT ck_jurisdictions_kind;
ALTER TABLE jurisdictions RENAME COLUMN kind TO network;
UPDATE jurisdictions SET network = 'market_supervision' WHERE network = 'market';
ALTER TABLE jurisdictions ALTER COLUMN area_code SET DEFAULT '',
    ADD CONSTRAINT ck_jurisdictions_network CHECK (network IN ('police', 'market_supervision'));
COMMENT ON COLUMN jurisdictions.area_code IS
    'of the township or county that a point inside it lies in; the database finds it';

CREATE TABLE agencies (
    agency_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_agencies PRIMARY KEY,
    name text NOT NULL CONSTRAINT uq_agencies_name UNIQUE,
    network text,
    duty text
);

-- A row of a small register is called by its number, also after it was renamed.
CREATE FUNCTION keep_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.identity := md5('no:' || (to_jsonb(NEW) ->> TG_ARGV[0]))::uuid;
    RETURN NEW;
END
$$;

DO $$
DECLARE
    register text;
    called text;
BEGIN
    FOR register, called IN
        VALUES ('agencies', 'name'), ('stations', 'name'), ('teams', 'name'), ('jurisdictions', 'name'),
               ('decisions', 'number'), ('rivers', NULL)
    LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN identity uuid DEFAULT gen_random_uuid(), ADD COLUMN batch_id bigint,
                        ADD COLUMN deleted_at timestamp with time zone', register);
        EXECUTE format('COMMENT ON COLUMN %I.deleted_at IS ''taken off the register; empty while on it''', register);
        IF called IS NOT NULL THEN
            -- of jurisdictions that share a name only the first is called by it
            EXECUTE format('UPDATE %1$I AS kept SET identity = md5(''no:'' || %2$I)::uuid
                            WHERE NOT EXISTS (SELECT FROM %1$I AS first WHERE first.%2$I = kept.%2$I AND first.ctid < kept.ctid)',
                           register, called);
        END IF;
        EXECUTE format('ALTER TABLE %1$I ALTER COLUMN identity DROP DEFAULT, ALTER COLUMN identity SET NOT NULL,
                        ADD CONSTRAINT uq_%1$s_identity UNIQUE (identity)', register);
        IF called IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER identity_kept BEFORE INSERT OR UPDATE OF %2$I ON %1$I
                            FOR EACH ROW EXECUTE FUNCTION keep_identity(%2$L)', register, called);
        END IF;
    END LOOP;
END
$$;

-- Whose ground a jurisdiction is: the township that a point inside it lies in, else the county.
CREATE FUNCTION keep_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.area_code := coalesce(
        (SELECT code FROM areas
         WHERE level IN ('township', 'county') AND valid_to IS NULL
           AND geom && NEW.geom AND ST_Intersects(geom, ST_PointOnSurface(NEW.geom))
         ORDER BY level DESC, code LIMIT 1),
        left(community_at(ST_PointOnSurface(NEW.geom)), 9) || '000', '');
    RETURN NEW;
END
$$;
CREATE TRIGGER seat_found BEFORE INSERT OR UPDATE OF geom ON jurisdictions
FOR EACH ROW WHEN (NEW.geom IS NOT NULL) EXECUTE FUNCTION keep_seat();

SELECT keep_layer(layer) FROM unnest(ARRAY['agencies', 'stations', 'teams', 'jurisdictions', 'rivers']) AS layer;
SELECT keep_layer('decisions',
                  former => ARRAY['number', 'premises', 'address', 'kind', 'authority', 'decided_on', 'expires_on']);
