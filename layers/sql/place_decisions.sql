-- A decision about a registered premises stands where that stands.
UPDATE decisions AS kept
SET geom = found.geom, community_code = found.community_code, place_error_m = found.place_error_m
FROM (
    SELECT unit_code AS number, geom, community_code, place_error_m FROM rental_units
    UNION ALL
    SELECT venue_no, geom, community_code, place_error_m FROM venues
) AS found
WHERE kept.premises = found.number AND found.geom IS NOT NULL AND kept.geom IS DISTINCT FROM found.geom
