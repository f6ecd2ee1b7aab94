CREATE TABLE receipt_salts (
    receipt_salt_id SMALLINT DEFAULT 1 NOT NULL,
    salt BYTEA NOT NULL,
    CONSTRAINT pk_receipt_salts PRIMARY KEY (receipt_salt_id),
    CONSTRAINT ck_receipt_salts_one CHECK (receipt_salt_id = 1)
);
COMMENT ON TABLE receipt_salts IS 'one row: what the digests of receipts are made with';

CREATE TABLE receipts (
    receipt_scrypt BYTEA NOT NULL,
    tip_id BIGINT NOT NULL,
    wait_days INTEGER NOT NULL,
    shown SMALLINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_receipts PRIMARY KEY (receipt_scrypt),
    CONSTRAINT uq_receipts_tip_id UNIQUE (tip_id),
    CONSTRAINT fk_receipts_tip_id FOREIGN KEY(tip_id) REFERENCES tips (tip_id) ON DELETE CASCADE,
    CONSTRAINT ck_receipts_wait CHECK (wait_days >= 0),
    CONSTRAINT ck_receipts_shown CHECK (shown BETWEEN 0 AND 2)
);
COMMENT ON TABLE receipts IS 'by which a tip-giver without an account comes back; it knows no moment';
COMMENT ON COLUMN receipts.wait_days IS 'drawn at random: from the last decision to being shown as closed, at least';
COMMENT ON COLUMN receipts.shown IS 'the furthest that was shown: 0 registered, 1 accepted, 2 closed; it never goes back';

GRANT SELECT, INSERT ON receipts, receipt_salts TO wuchuan_app;
GRANT UPDATE (shown) ON receipts TO wuchuan_app;

-- The moment of an act; of the public, which is to be tied to no device, the day alone.
CREATE FUNCTION act_moment() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN public.acting('account') = '公众' THEN date_trunc('day', now()) ELSE now() END
$$;
ALTER TABLE tip_steps ALTER at SET DEFAULT act_moment();
CREATE OR REPLACE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE layer_versions SET version = version + 1, changed_at = greatest(changed_at, public.act_moment())
    WHERE layer = TG_TABLE_NAME;
    RETURN NULL;
END
$$;

ALTER TABLE tip_steps DROP CONSTRAINT ck_tip_steps_step;
ALTER TABLE tip_steps ADD CONSTRAINT ck_tip_steps_step
    CHECK (step IN ('added', 'new', 'accepted', 'duplicate', 'transferred', 'rejected', 'placed', 'supplemented'));
