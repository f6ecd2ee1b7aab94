DO $$
DECLARE
    double record;
    number integer;
BEGIN
    FOR double IN
        SELECT post_id, post FROM posts AS later
        WHERE EXISTS (SELECT FROM posts AS first WHERE first.post = later.post AND first.post_id < later.post_id)
        ORDER BY post_id
    LOOP
        number := 2;
        WHILE EXISTS (SELECT FROM posts WHERE post = format('%s(%s)', double.post, number)) LOOP
            number := number + 1;
        END LOOP;
        UPDATE posts SET post = format('%s(%s)', double.post, number) WHERE post_id = double.post_id;
    END LOOP;
END
$$;
ALTER TABLE posts ADD CONSTRAINT uq_posts_post UNIQUE (post);
