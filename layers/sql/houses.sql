-- The houses that registers give an address and a point of their own, without unit and room: one row for each.
SELECT address AS name, community_code AS code, avg(ST_X(geom)) AS lon, avg(ST_Y(geom)) AS lat,
       greatest(max(ST_X(geom)) - min(ST_X(geom)), max(ST_Y(geom)) - min(ST_Y(geom))) * 111000 AS radius_m
FROM (
    SELECT regexp_replace(address, '([0-9]+单元)?[0-9]+室$', '') AS address, community_code, geom
    FROM rental_units WHERE geom IS NOT NULL AND place_error_m IS NULL
    UNION ALL
    SELECT address, community_code, geom FROM venues WHERE geom IS NOT NULL AND place_error_m IS NULL
) AS premises
WHERE address IS NOT NULL AND community_code IS NOT NULL
GROUP BY address, community_code
ORDER BY address, community_code
