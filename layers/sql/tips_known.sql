-- What was known when the day :until began: tips received before it, without those thrown out by then. A step that the
-- desk took later is not known yet; a tip that came with its status and without a step has always had it. Where a tip was
-- placed, and what was added to its words, says nothing of its status.
SELECT 'tip' AS kind, CAST(received_at AS date) AS day, channel, source_no, md5(text) AS story, community_code,
       ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM tips
LEFT JOIN LATERAL (
    SELECT (array_agg(step ORDER BY tip_step_id DESC) FILTER (WHERE at < CAST(:until AS date)))[1] AS step,
           count(*) AS steps
    FROM tip_steps WHERE tip_steps.tip_id = tips.tip_id AND step NOT IN ('placed', 'supplemented')
) AS known ON true
WHERE received_at >= CAST(:since AS date) AND received_at < CAST(:until AS date)
  AND coalesce(CASE WHEN known.steps > 0 THEN known.step ELSE status END, 'new') NOT IN ('duplicate', 'rejected')
ORDER BY day, tip_id
