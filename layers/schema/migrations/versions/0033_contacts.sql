CREATE TABLE desk_keys (
    desk_key_id BIGINT GENERATED ALWAYS AS IDENTITY,
    public_key BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_desk_keys PRIMARY KEY (desk_key_id),
    CONSTRAINT uq_desk_keys_public_key UNIQUE (public_key),
    CONSTRAINT ck_desk_keys_length CHECK (octet_length(public_key) = 32)
);
COMMENT ON TABLE desk_keys IS 'what contacts are sealed to; the newest counts, the others still open what they sealed';

CREATE TABLE desk_key_copies (
    desk_key_copy_id BIGINT GENERATED ALWAYS AS IDENTITY,
    desk_key_id BIGINT NOT NULL,
    holder SMALLINT NOT NULL,
    post TEXT NOT NULL,
    salt BYTEA NOT NULL,
    wrapped BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_desk_key_copies PRIMARY KEY (desk_key_copy_id),
    CONSTRAINT fk_desk_key_copies_desk_key_id FOREIGN KEY(desk_key_id) REFERENCES desk_keys (desk_key_id),
    CONSTRAINT ck_desk_key_copies_holder CHECK (holder IN (1, 2)),
    CONSTRAINT ck_desk_key_copies_length CHECK (octet_length(salt) = 16 AND octet_length(wrapped) = 72)
);
CREATE INDEX ix_desk_key_copies_desk_key_id ON desk_key_copies (desk_key_id);
COMMENT ON TABLE desk_key_copies IS 'the private key, by the passphrase of one of two holders; of each the newest counts';
COMMENT ON COLUMN desk_key_copies.post IS 'the title of the post that knows the passphrase';
COMMENT ON COLUMN desk_key_copies.wrapped IS 'secretbox under argon2id of a passphrase that never leaves the browser';

CREATE TABLE contacts (
    contact_id BIGINT GENERATED ALWAYS AS IDENTITY,
    tip_id BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    reward TEXT DEFAULT 'none' NOT NULL,
    reward_on DATE,
    CONSTRAINT pk_contacts PRIMARY KEY (contact_id),
    CONSTRAINT uq_contacts_tip_id UNIQUE (tip_id),
    CONSTRAINT fk_contacts_tip_id FOREIGN KEY(tip_id) REFERENCES tips (tip_id) ON DELETE CASCADE,
    CONSTRAINT ck_contacts_length CHECK (octet_length(sealed) = 808),
    CONSTRAINT ck_contacts_reward CHECK (reward IN ('none', 'promised', 'paid', 'lapsed')),
    CONSTRAINT ck_contacts_reward_on CHECK ((reward = 'none') = (reward_on IS NULL))
);
COMMENT ON COLUMN contacts.sealed IS 'secretbox under a key of its own; of one length, whatever it says';
COMMENT ON COLUMN contacts.reward_on IS 'since when the reward stands so';

CREATE TABLE contact_keys (
    contact_id BIGINT NOT NULL,
    desk_key_id BIGINT NOT NULL,
    sealed_key BYTEA NOT NULL,
    CONSTRAINT pk_contact_keys PRIMARY KEY (contact_id),
    CONSTRAINT fk_contact_keys_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (contact_id) ON DELETE CASCADE,
    CONSTRAINT fk_contact_keys_desk_key_id FOREIGN KEY(desk_key_id) REFERENCES desk_keys (desk_key_id),
    CONSTRAINT ck_contact_keys_length CHECK (octet_length(sealed_key) = 80)
);
COMMENT ON TABLE contact_keys IS 'the key of each contact, sealed to the desk; without its row nobody opens the contact';

CREATE TABLE contact_steps (
    contact_step_id BIGINT GENERATED ALWAYS AS IDENTITY,
    contact_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    post TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT act_moment() NOT NULL,
    area_code TEXT DEFAULT '' NOT NULL,
    account TEXT DEFAULT acting('account') NOT NULL,
    sign_in TEXT DEFAULT acting('sign_in') NOT NULL,
    request_id TEXT DEFAULT acting('request_id') NOT NULL,
    CONSTRAINT pk_contact_steps PRIMARY KEY (contact_step_id),
    CONSTRAINT fk_contact_steps_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (contact_id) ON DELETE CASCADE,
    CONSTRAINT ck_contact_steps_step CHECK (step IN ('sealed', 'opened', 'promised', 'paid', 'lapsed', 'destroyed'))
);
CREATE INDEX ix_contact_steps_contact_id ON contact_steps (contact_id);

GRANT SELECT, INSERT ON desk_keys, desk_key_copies, contacts, contact_keys, contact_steps TO wuchuan_app;
GRANT UPDATE (reward, reward_on) ON contacts TO wuchuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wuchuan_app;

CREATE OR REPLACE VIEW history WITH (security_invoker = true) AS
SELECT 'tip' AS noun, tip_id::text AS subject, step, jsonb_build_object('reason', reason) AS detail,
       account, post, sign_in, area_code, request_id, at FROM tip_steps
UNION ALL
SELECT 'alert', alert_id::text, step, detail, account, post, sign_in, area_code, request_id, at FROM alert_steps
UNION ALL
SELECT 'action', action_id::text, step, detail, account, post, sign_in, area_code, request_id, at FROM action_steps
UNION ALL
SELECT 'zone', zone_id, decision,
       jsonb_build_object('reason', reason, 'grade_before', grade_before, 'grade', grade, 'expires_on', expires_on),
       account, post, sign_in, area_code, request_id, at FROM zone_reviews
UNION ALL
SELECT 'drawing', id::text,
       CASE WHEN deleted_at IS NOT NULL THEN 'removed' WHEN version = 1 THEN 'added' ELSE 'changed' END,
       jsonb_build_object('version', version, 'name', name), account, post, sign_in, area_code, request_id, updated_at
FROM drawn_zone_versions
UNION ALL
SELECT 'contact', contact_id::text, step, '{}', account, post, sign_in, area_code, request_id, at FROM contact_steps;

-- Lets a reward lapse that nobody promised within a year of the tip, and destroys the keys of contacts ninety days after
-- their reward was paid or lapsed; says how many. The table is written anew: of a removed row the file would keep the bytes.
CREATE FUNCTION expire_contacts() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    destroyed integer;
    kept contact_keys[];
BEGIN
    WITH lapsed AS (
        UPDATE contacts SET reward = 'lapsed', reward_on = current_date FROM tips
        WHERE tips.tip_id = contacts.tip_id AND contacts.reward = 'none'
          AND CAST(tips.received_at AS date) + 365 <= current_date
        RETURNING contact_id)
    INSERT INTO contact_steps (contact_id, step, post) SELECT contact_id, 'lapsed', '' FROM lapsed;
    IF NOT EXISTS (
        SELECT FROM contacts JOIN contact_keys USING (contact_id)
        WHERE reward IN ('paid', 'lapsed') AND reward_on + 90 <= current_date) THEN
        RETURN 0;
    END IF;
    LOCK TABLE contact_keys IN ACCESS EXCLUSIVE MODE;
    INSERT INTO contact_steps (contact_id, step, post)
    SELECT contact_id, 'destroyed', '' FROM contacts JOIN contact_keys USING (contact_id)
    WHERE reward IN ('paid', 'lapsed') AND reward_on + 90 <= current_date;
    GET DIAGNOSTICS destroyed = ROW_COUNT;
    SELECT array_agg(contact_keys) INTO kept FROM contact_keys JOIN contacts USING (contact_id)
    WHERE NOT coalesce(reward IN ('paid', 'lapsed') AND reward_on + 90 <= current_date, false);
    TRUNCATE contact_keys;
    INSERT INTO contact_keys SELECT (each).* FROM unnest(kept) AS each;
    RETURN destroyed;
END
$$;
REVOKE ALL ON FUNCTION expire_contacts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expire_contacts() TO wuchuan_app;
