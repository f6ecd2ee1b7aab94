-- What a choropleth may show of each code of :digits length: tips that stand and raids that found a den in a period, and
-- the premises they could have happened in. Tips stand by the status that they had when the day
-- :known began, or by that of now where it is not told.
WITH later AS (
    SELECT DISTINCT ON (tip_id) tip_id, status_before FROM tip_steps
    WHERE at >= CAST(:known AS date) ORDER BY tip_id, tip_step_id
)
SELECT scope, CAST(sum(tips) AS integer) AS tips, CAST(sum(findings) AS integer) AS findings,
       CAST(sum(rental_units) AS integer) AS rental_units, CAST(sum(venues) AS integer) AS venues
FROM (
    SELECT left(area_code, :digits) AS scope, count(*) AS tips, 0 AS findings, 0 AS rental_units, 0 AS venues
    FROM tips LEFT JOIN later USING (tip_id)
    WHERE received_at >= CAST(:since AS date) AND received_at < CAST(:until AS date)
      AND coalesce(CASE WHEN later.tip_id IS NULL THEN status ELSE status_before END, 'new')
          NOT IN ('duplicate', 'rejected')
    GROUP BY 1
    UNION ALL
    SELECT left(area_code, :digits), 0, count(*), 0, 0 FROM findings
    WHERE date >= :since AND date < :until
    GROUP BY 1
    UNION ALL
    SELECT left(area_code, :digits), 0, 0, count(*), 0 FROM rental_units GROUP BY 1
    UNION ALL
    SELECT left(area_code, :digits), 0, 0, 0, count(*) FROM venues GROUP BY 1
) AS counted
GROUP BY scope
ORDER BY scope
