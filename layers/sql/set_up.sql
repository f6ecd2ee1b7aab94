-- How far a city is set up: what there is of each thing that a first plan needs.
SELECT
    (SELECT count(*) FROM areas WHERE valid_to IS NULL) AS areas,
    (SELECT count(*) FROM areas WHERE valid_to IS NULL AND level = 'community' AND geom IS NOT NULL) AS bordered,
    (SELECT count(*) FROM posts) AS posts,
    (SELECT count(*) FROM rental_units) + (SELECT count(*) FROM venues) AS premises,
    (SELECT count(*) FROM stations WHERE deleted_at IS NULL) AS stations,
    (SELECT count(*) FROM stations WHERE deleted_at IS NULL AND geom IS NOT NULL) AS placed_stations,
    (SELECT count(*) FROM teams WHERE deleted_at IS NULL) AS teams,
    (SELECT count(*) FROM roads) AS roads,
    (SELECT count(*) FROM tips) + (SELECT count(*) FROM raids) AS incidents,
    (SELECT count(*) FROM analyses) AS analyses,
    (SELECT count(*) FROM risk_zones) AS zones,
    (SELECT zone_id FROM risk_zones WHERE reviewed_on IS NULL
     ORDER BY array_position(ARRAY['red', 'orange', 'yellow'], grade), zone_id LIMIT 1) AS unreviewed,
    (SELECT zone_id FROM risk_zones WHERE reviewed_on IS NOT NULL AND expires_on > current_date
     ORDER BY array_position(ARRAY['red', 'orange', 'yellow'], grade), zone_id LIMIT 1) AS reviewed,
    (SELECT count(*) FROM actions WHERE status <> 'draft') AS planned
