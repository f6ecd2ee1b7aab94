-- One tip with all that the desk may know of it.
SELECT tip_id, tip_no, source_no, received_at, CAST(received_at AS date) AS received_on, channel, category, text,
       address, community_code, due_on, coalesce(status, 'new') AS status, transferred_to, duplicate_of,
       (SELECT original.tip_no FROM tips AS original WHERE original.tip_id = tips.duplicate_of) AS original_no,
       ST_X(geom) AS lon, ST_Y(geom) AS lat, place_error_m,
       (SELECT name FROM areas WHERE code = tips.community_code AND level = 'community' AND valid_to IS NULL LIMIT 1)
           AS community,
       (SELECT grade FROM risk_zones
        WHERE expires_on > current_date AND risk_zones.geom && tips.geom AND ST_Intersects(risk_zones.geom, tips.geom)
        ORDER BY array_position(ARRAY['red', 'orange', 'yellow'], grade) LIMIT 1) AS grade,
       EXISTS (SELECT FROM contacts WHERE contacts.tip_id = tips.tip_id) AS has_contact,
       (SELECT count(*) FROM tip_steps WHERE tip_steps.tip_id = tips.tip_id) AS version
FROM tips WHERE tip_id = :tip_id
