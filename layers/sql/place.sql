-- What lies at a point: its community, and the gravest standing zone.
SELECT (SELECT code FROM areas
        WHERE level = 'community' AND valid_to IS NULL AND areas.geom && asked.geom
          AND ST_Intersects(areas.geom, asked.geom) ORDER BY code LIMIT 1) AS community_code,
       zone.grade, zone.zone_id
FROM (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4490) AS geom) AS asked
LEFT JOIN LATERAL (
    SELECT grade, zone_id FROM risk_zones
    WHERE expires_on > current_date AND risk_zones.geom && asked.geom AND ST_Intersects(risk_zones.geom, asked.geom)
    ORDER BY array_position(ARRAY['red', 'orange', 'yellow'], grade), zone_id LIMIT 1
) AS zone ON true
