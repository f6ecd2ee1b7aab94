-- What speaks of a den: tips that were not thrown out, and raids that found one. The words of a tip stay behind; their
-- fingerprint is enough to see that the same story was told twice.
SELECT 'tip:' || tip_id AS incident_id, 'tip' AS kind, CAST(received_at AS date) AS day, channel, source_no,
       md5(text) AS story, coalesce(verified, false) AS verified, community_code, 0 AS dens,
       coalesce(place_error_m, 0) AS place_error_m, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM standing_tips
WHERE received_at < CAST(:until AS date) AND received_at >= CAST(:since AS date)
UNION ALL
SELECT 'raid:' || raid_id, 'finding', date, NULL, action_no, NULL, true, community_code, coalesce(dens, 1),
       coalesce(place_error_m, 0), ST_X(geom), ST_Y(geom)
FROM findings
WHERE date < :until AND date >= :since
ORDER BY day, incident_id
