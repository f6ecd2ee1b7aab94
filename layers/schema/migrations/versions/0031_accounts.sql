CREATE TABLE accounts (
    account_id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    area_code TEXT NOT NULL,
    scope TEXT NOT NULL,
    agency TEXT DEFAULT '' NOT NULL,
    password_hash TEXT DEFAULT '' NOT NULL,
    totp_secret TEXT DEFAULT '' NOT NULL,
    totp_step BIGINT DEFAULT '0' NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts PRIMARY KEY (account_id),
    CONSTRAINT uq_accounts_account UNIQUE (account),
    CONSTRAINT ck_accounts_role CHECK (role IN ('viewer', 'editor', 'planner', 'tip_desk', 'auditor', 'administrator'))
);
COMMENT ON TABLE accounts IS 'who may sign in; an account that is no longer used is disabled and stays';
COMMENT ON COLUMN accounts.scope IS 'what the codes of its areas begin with; empty for the whole city';
COMMENT ON COLUMN accounts.password_hash IS 'argon2id; empty until it is set';
COMMENT ON COLUMN accounts.totp_secret IS 'empty without a second factor';
COMMENT ON COLUMN accounts.totp_step IS 'of the last code taken';

CREATE TABLE account_posts (
    account_post_id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    account_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_account_posts PRIMARY KEY (account_post_id),
    CONSTRAINT fk_account_posts_account_id FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE UNIQUE INDEX uq_account_posts_held ON account_posts (account_id, post_id) WHERE until IS NULL;
COMMENT ON TABLE account_posts IS 'which account may act as which post, and when it could';
COMMENT ON COLUMN account_posts.post_id IS 'of posts, from which a post off duty is removed';

CREATE TABLE sign_ins (
    sign_in TEXT NOT NULL,
    account_id BIGINT,
    post TEXT DEFAULT '' NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_ins PRIMARY KEY (sign_in),
    CONSTRAINT fk_sign_ins_account_id FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE INDEX ix_sign_ins_account_id ON sign_ins (account_id);
COMMENT ON COLUMN sign_ins.sign_in IS 'the hash of the token that the browser holds';
COMMENT ON COLUMN sign_ins.account_id IS 'empty for who came by the one-time link of this machine';
COMMENT ON COLUMN sign_ins.post IS 'as which it acts';

ALTER TABLE entry_tokens ADD COLUMN account_id BIGINT
    CONSTRAINT fk_entry_tokens_account_id REFERENCES accounts (account_id);
COMMENT ON COLUMN entry_tokens.invited_by IS 'the account that made the link; empty for one made by command';
COMMENT ON COLUMN entry_tokens.account_id IS
    'the account whose password the link sets; empty for a link that signs in on this machine';

-- The plain role still makes no link that signs in on this machine: this one sets the password of an account in use,
-- within a week, and the links made for it before are spent.
DROP FUNCTION add_invitation(text, text);
CREATE FUNCTION add_invitation(token text, inviting text, invited bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM accounts WHERE account_id = invited AND disabled_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no account in use is invited';
    END IF;
    UPDATE entry_tokens SET spent_at = now() WHERE account_id = invited AND spent_at IS NULL;
    INSERT INTO entry_tokens (token_sha256, expires_at, invited_by, account_id)
    VALUES (token, now() + interval '7 days', inviting, invited);
END
$$;
REVOKE ALL ON FUNCTION add_invitation(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_invitation(text, text, bigint) TO wuchuan_app;

GRANT SELECT, INSERT, UPDATE (role, area_code, scope, agency, password_hash, totp_secret, totp_step, disabled_at)
    ON accounts TO wuchuan_app;
GRANT SELECT, INSERT, UPDATE (until) ON account_posts TO wuchuan_app;
GRANT SELECT, INSERT, UPDATE (post, seen_at, ended_at) ON sign_ins TO wuchuan_app;
