ALTER TABLE entry_tokens ADD COLUMN invited_by TEXT DEFAULT '' NOT NULL;
COMMENT ON COLUMN entry_tokens.invited_by IS 'the title of the post that made the link; empty for one made by command';

-- The plain role still writes no link of its own making: this one is for a post on duty, and good for twelve hours.
CREATE FUNCTION add_invitation(token text, inviting text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM posts WHERE post = inviting) THEN
        RAISE EXCEPTION 'no post on duty invites';
    END IF;
    INSERT INTO entry_tokens (token_sha256, expires_at, invited_by) VALUES (token, now() + interval '12 hours', inviting);
END
$$;

REVOKE ALL ON FUNCTION add_invitation(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_invitation(text, text) TO wuchuan_app;
