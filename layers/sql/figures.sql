-- The figures of a period by scope: the whole of :prefix where :digits = 0, else one row for each code of that length.
-- A community is free when it was checked in the year before :until, nothing was found there, and no zone stands;
-- one that was never checked is unreported, which is not the same as free. Overdue is a tip nobody has taken up by its
-- due day, whenever it came in; one that came without a due day is overdue when it was received by :late. A tip has the
-- status that it had when the day :known began, so that a closed period stays as it was: of the first step from then on
-- the status before it. All tips are counted as they are, and the few with such a step once out and once in again. Zones are those
-- of the map that have not lapsed by :today, the city's day where it is not told, whatever the period.
WITH later AS (
    SELECT area_code, received_at, verified, due_on, status, status_before
    FROM (
        SELECT DISTINCT ON (tip_id) tip_id, status_before FROM tip_steps
        WHERE at >= CAST(:known AS date) ORDER BY tip_id, tip_step_id
    ) AS first_steps JOIN tips USING (tip_id)
    WHERE received_at < CAST(:until AS date) AND starts_with(area_code, :prefix)
), restored AS (
    SELECT area_code, received_at, verified, due_on, coalesce(status, 'new') AS status, -1 AS sign FROM later
    UNION ALL SELECT area_code, received_at, verified, due_on, coalesce(status_before, 'new'), 1 FROM later
), counted_tips AS (
    SELECT scope, CAST(sum(tips) AS bigint) AS tips, CAST(sum(verified) AS bigint) AS verified,
           CAST(sum(overdue) AS bigint) AS overdue
    FROM (
        SELECT left(area_code, :digits) AS scope,
               count(*) FILTER (WHERE received_at >= :since) AS tips,
               count(*) FILTER (WHERE received_at >= :since AND verified) AS verified,
               count(*) FILTER (WHERE coalesce(status, 'new') = 'new'
                                AND coalesce(due_on < :until, CAST(received_at AS date) <= :late)) AS overdue
        FROM standing_tips
        WHERE received_at < CAST(:until AS date) AND starts_with(area_code, :prefix)
        GROUP BY 1
        UNION ALL
        SELECT left(area_code, :digits),
               coalesce(sum(sign) FILTER (WHERE received_at >= :since), 0),
               coalesce(sum(sign) FILTER (WHERE received_at >= :since AND verified), 0),
               coalesce(sum(sign) FILTER (WHERE status = 'new'
                                          AND coalesce(due_on < :until, CAST(received_at AS date) <= :late)), 0)
        FROM restored
        WHERE status NOT IN ('duplicate', 'rejected')
        GROUP BY 1
    ) AS parts
    GROUP BY 1
), counted_raids AS (
    SELECT left(area_code, :digits) AS scope, count(*) AS raids,
           coalesce(sum(dens), 0) AS dens, coalesce(sum(rescued), 0) AS rescued
    FROM raids
    WHERE date >= :since AND date < :until AND starts_with(area_code, :prefix)
    GROUP BY 1
), last_year AS (
    SELECT area_code, bool_or(raid_id IN (SELECT raid_id FROM findings)) AS found
    FROM raids
    WHERE date >= CAST(:until AS date) - 365 AND date < :until AND outcome IN ('found', 'nothing')
    GROUP BY 1
), standing AS (
    SELECT area_code FROM risk_zones WHERE expires_on > :until
), counted_zones AS (
    SELECT left(area_code, :digits) AS scope,
           count(*) FILTER (WHERE grade = 'red') AS red,
           count(*) FILTER (WHERE grade = 'orange') AS orange,
           count(*) FILTER (WHERE grade = 'yellow') AS yellow
    FROM risk_zones
    WHERE expires_on > coalesce(CAST(:today AS date), current_date) AND starts_with(area_code, :prefix)
    GROUP BY 1
), counted_communities AS (
    SELECT left(code, :digits) AS scope, count(*) AS communities,
           count(*) FILTER (WHERE NOT found AND NOT EXISTS (SELECT 1 FROM standing WHERE standing.area_code = code)) AS free,
           count(*) FILTER (WHERE found IS NULL) AS unreported
    FROM areas LEFT JOIN last_year ON last_year.area_code = code
    WHERE level = 'community' AND valid_to IS NULL AND starts_with(code, :prefix)
    GROUP BY 1
), scopes AS (
    SELECT DISTINCT left(code, :digits) AS scope FROM areas
    WHERE starts_with(code, :prefix) AND (:digits = 0 OR level = 'county')
    UNION SELECT '' WHERE :digits = 0
)
SELECT scope,
       coalesce(tips, 0) AS tips, coalesce(verified, 0) AS verified, coalesce(overdue, 0) AS overdue,
       coalesce(raids, 0) AS raids, coalesce(dens, 0) AS dens, coalesce(rescued, 0) AS rescued,
       coalesce(communities, 0) AS communities, coalesce(free, 0) AS free, coalesce(unreported, 0) AS unreported,
       coalesce(red, 0) AS red, coalesce(orange, 0) AS orange, coalesce(yellow, 0) AS yellow
FROM scopes
LEFT JOIN counted_tips USING (scope) LEFT JOIN counted_raids USING (scope) LEFT JOIN counted_zones USING (scope)
LEFT JOIN counted_communities USING (scope)
ORDER BY scope
