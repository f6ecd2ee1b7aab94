-- Rows of before say nothing of it.
ALTER TABLE audit ADD COLUMN post TEXT DEFAULT '' NOT NULL, ADD COLUMN sign_in TEXT DEFAULT '' NOT NULL,
    ADD COLUMN area_code TEXT DEFAULT '' NOT NULL, ADD COLUMN request_id TEXT DEFAULT '' NOT NULL,
    ADD COLUMN turn BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE audit ALTER post SET DEFAULT acting('post'), ALTER sign_in SET DEFAULT acting('sign_in'),
    ALTER area_code SET DEFAULT CASE WHEN sees_city() THEN '' ELSE acting('scope') END,
    ALTER request_id SET DEFAULT acting('request_id'), ALTER at SET DEFAULT act_moment();
COMMENT ON COLUMN audit.area_code IS 'how the codes begin of the area of whoever acted; empty for the whole city';
COMMENT ON COLUMN audit.turn IS 'the number of the transaction that wrote it: of those before the oldest open one all rows are there';

-- What is added to the numbers of transactions, which begin anew where the city is restored into another PostgreSQL.
CREATE TABLE audit_clock (
    audit_clock_id SMALLINT DEFAULT 1 NOT NULL,
    ahead BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_audit_clock PRIMARY KEY (audit_clock_id),
    CONSTRAINT ck_audit_clock_one CHECK (audit_clock_id = 1)
);
INSERT INTO audit_clock DEFAULT VALUES;
CREATE FUNCTION audit_turn() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_current_xact_id()::text::bigint + ahead FROM audit_clock
$$;
ALTER TABLE audit ALTER turn SET DEFAULT audit_turn();
CREATE INDEX ix_audit_turn ON audit (turn);

CREATE TABLE audit_blocks (
    audit_block_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    entries_sha256 TEXT NOT NULL,
    head TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_audit_blocks PRIMARY KEY (audit_block_id),
    CONSTRAINT ck_audit_blocks_span CHECK (since < until)
);
COMMENT ON TABLE audit_blocks IS 'the audit sealed part by part: each head is made of the one before, and is written outside the database too';
COMMENT ON COLUMN audit_blocks.since IS 'the first turn of the block; those of until and after are in later ones';

-- Where the numbers of transactions lie behind what is written, as after a restore into another PostgreSQL, they are moved
-- beyond it, so that no new entry falls into a part that is sealed. On the machine that wrote it nothing changes.
CREATE FUNCTION settle_audit_clock() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE audit_clock SET ahead = written.turn + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM (SELECT greatest((SELECT max(until) FROM audit_blocks), (SELECT max(turn) FROM audit)) AS turn) AS written
    WHERE written.turn >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + ahead
$$;
REVOKE ALL ON FUNCTION settle_audit_clock() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_audit_clock() TO wuchuan_app;

-- Before this turn no transaction is open: whatever they wrote is there.
CREATE FUNCTION audit_settled() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + ahead FROM audit_clock
$$;

-- The entries of these turns in one text, the same in every time zone, and how many they are.
CREATE FUNCTION audit_entries(from_turn bigint, before_turn bigint, OUT entries bigint, OUT entries_sha256 text)
LANGUAGE sql STABLE AS $$
    SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(jsonb_build_array(
               audit_id, turn, account, post, sign_in, area_code, request_id, action, layer, detail,
               to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'))::text, chr(10) ORDER BY audit_id), ''), 'UTF8')), 'hex')
    FROM audit WHERE turn >= from_turn AND turn < before_turn
$$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_blocks
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON audit_blocks TO wuchuan_app;
