-- The code of the whole city; empty where nobody has opened the database as a city yet.
CREATE FUNCTION city_code() RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT CASE WHEN code_prefix ~ '^[0-9]{2,6}$' THEN rpad(code_prefix, 12, '0') ELSE code_prefix END
                     FROM city LIMIT 1), '')
$$;

ALTER TABLE posts RENAME COLUMN post TO title;
ALTER TABLE posts RENAME CONSTRAINT uq_posts_post TO uq_posts_title;
ALTER TABLE posts ADD COLUMN post text GENERATED ALWAYS AS (title) STORED NOT NULL,
    ADD COLUMN agency text, ADD COLUMN kind text, ADD COLUMN identity uuid, ADD COLUMN batch_id bigint,
    ALTER COLUMN area_code SET DEFAULT city_code();
COMMENT ON COLUMN posts.post IS 'the title, as steps say';
ALTER TABLE posts DISABLE TRIGGER former_kept;  -- a name for each row is no change of any
UPDATE posts SET identity = md5('no:' || title)::uuid;
ALTER TABLE posts ENABLE TRIGGER former_kept;
ALTER TABLE posts ALTER COLUMN identity SET NOT NULL, ADD CONSTRAINT uq_posts_identity UNIQUE (identity);
CREATE TRIGGER identity_kept BEFORE INSERT OR UPDATE OF title ON posts
FOR EACH ROW EXECUTE FUNCTION keep_identity('title');

SELECT keep_layer('posts', stays => false);
GRANT UPDATE (area_code, agency, kind, name, work_phone, batch_id) ON posts TO wuchuan_app;  -- a title is never changed
