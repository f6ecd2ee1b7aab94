-- How many tips there are of each status and due day that hold :text where inbox.sql looks for it. Tips without a due day
-- are counted by the day they came in.
SELECT coalesce(status, 'new') AS status, due_on, CASE WHEN due_on IS NULL THEN CAST(received_at AS date) END AS received_on,
       count(*) AS tips
FROM tips
LEFT JOIN areas AS community ON community.code = tips.community_code AND level = 'community' AND community.valid_to IS NULL
WHERE :text = '' OR strpos(lower(concat_ws(chr(10), tip_no, source_no, tips.address, community_code, community.name)),
                           lower(:text)) > 0
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
