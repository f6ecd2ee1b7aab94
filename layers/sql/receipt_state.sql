-- What a tip-giver may see of a tip: 0 registered, 1 accepted, 2 closed. A tip that repeats another, went elsewhere or was
-- turned down is accepted like any other: what became of it, and whether others told of the place, is not said. It is
-- closed once its waiting time after the last decision is over and nothing is open there: no action planned for a day to
-- come or of the last thirty days, whose end nobody writes down; no open alert; no standing zone, which is gone back to.
-- There is within 500 m of its point or of its original's, or in the community of one of them; a tip without any place is
-- everywhere.
WITH here AS (
    SELECT tips.geom, nullif(tips.community_code, '') AS code
    FROM tips AS asked JOIN tips ON tips.tip_id IN (asked.tip_id, asked.duplicate_of)
    WHERE asked.tip_id = :tip_id
),
place AS (
    SELECT geom, ST_Expand(geom, 0.006) AS around, code FROM here WHERE geom IS NOT NULL OR code IS NOT NULL
    UNION ALL
    SELECT NULL, NULL, NULL WHERE NOT EXISTS (SELECT FROM here WHERE geom IS NOT NULL OR code IS NOT NULL)
),
decided AS (
    SELECT max(CAST(at AS date)) AS on_day FROM tip_steps
    WHERE tip_id = :tip_id AND step IN ('accepted', 'duplicate', 'transferred', 'rejected')
)
SELECT CASE
    WHEN coalesce(asked.status, 'new') = 'new' THEN 0
    WHEN coalesce((SELECT on_day FROM decided), CAST(asked.received_at AS date)) + receipts.wait_days > current_date THEN 1
    WHEN EXISTS (
        SELECT FROM place, targets JOIN actions USING (action_id)
        WHERE actions.date >= current_date - 30
          AND ((place.geom IS NULL AND place.code IS NULL)
               OR place.code LIKE rtrim(targets.area_code, '0') || '%'
               OR (targets.geom && place.around
                   AND ST_DistanceSphere(ST_SetSRID(targets.geom, 4326), ST_SetSRID(place.geom, 4326)) <= 500))) THEN 1
    WHEN EXISTS (
        SELECT FROM place, alerts
        WHERE alerts.closed_at IS NULL
          AND ((place.geom IS NULL AND place.code IS NULL) OR place.code = ANY (alerts.communities)
               OR ST_Intersects(alerts.geom, place.geom))) THEN 1
    WHEN EXISTS (
        SELECT FROM place, risk_zones
        WHERE risk_zones.expires_on > current_date
          AND ((place.geom IS NULL AND place.code IS NULL) OR ST_Intersects(risk_zones.geom, place.geom)
               OR (place.geom IS NULL AND risk_zones.area_code = place.code))) THEN 1
    ELSE 2
END
FROM tips AS asked JOIN receipts USING (tip_id)
WHERE asked.tip_id = :tip_id
