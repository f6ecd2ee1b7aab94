-- Raids whose outcome is known, findings and others: how often a place is visited, and with what result.
SELECT 'raid:' || raid_id AS incident_id, date AS day, kind, outcome = 'found' OR coalesce(dens, 0) > 0 AS found,
       coalesce(dens, CASE WHEN outcome = 'found' THEN 1 ELSE 0 END) AS dens, community_code,
       coalesce(place_error_m, 0) AS place_error_m, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM raids
WHERE date < :until AND date >= :since AND (outcome IN ('found', 'nothing') OR dens > 0)
ORDER BY day, raid_id
