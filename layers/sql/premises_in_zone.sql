-- Premises inside a zone, those that its tips and findings point at first, then the nearest to its middle. An incident
-- points at the premises whose address it gives down to the house (``door``: up to the last 号; a flat, a floor or the
-- community may be told by one of the two alone), and at no neighbour of a house that it names; else at the nearest ones
-- within :within_m metres. A house of many flats is one point, so that all at that distance count.
WITH zone AS (
    SELECT geom, since FROM risk_zones WHERE zone_id = :zone_id
), premises AS (
    SELECT concat('venues:', venue_id) AS place, venue_no AS number,
           substring(venues.address FROM '^(.*[^0-9][0-9]*号)') AS door,
           concat_ws(' ', nullif(name, ''), venues.address) AS address, area_code, false AS dwelling, venues.geom
    FROM venues JOIN zone ON ST_Intersects(venues.geom, zone.geom)
    UNION ALL
    SELECT concat('rental_units:', rental_unit_id), unit_code, substring(units.address FROM '^(.*[^0-9][0-9]*号)'),
           units.address, area_code, true, units.geom
    FROM rental_units AS units JOIN zone ON ST_Intersects(units.geom, zone.geom)
), told AS (
    SELECT concat('tip:', tip_id) AS incident, 1 AS tips, 0 AS findings, tip_no AS number, received_at AS at, tips.geom,
           substring(address FROM '^(.*[^0-9][0-9]*号)[^号]{0,8}$') AS door
    FROM standing_tips AS tips JOIN zone ON received_at >= since AND ST_DWithin(tips.geom, zone.geom, 0.002)
    UNION ALL
    SELECT concat('raid:', raid_id), 0, 1, action_no, CAST(date AS timestamptz), findings.geom,
           substring(place FROM '^(.*[^0-9][0-9]*号)[^号]{0,8}$')
    FROM findings JOIN zone ON date >= since AND ST_DWithin(findings.geom, zone.geom, 0.002)
), pointed AS (
    SELECT incident, premises.place, tips, findings, told.number, told.at, given.apart,
           min(given.apart) OVER (PARTITION BY incident) AS least
    FROM told CROSS JOIN premises
    CROSS JOIN LATERAL (
        SELECT CASE WHEN told.door IS NULL THEN 1 + ST_Distance(geography(told.geom), geography(premises.geom))
                    WHEN starts_with(premises.door, told.door) OR starts_with(told.door, premises.door)
                         OR right(premises.door, length(told.door)) = told.door
                         OR right(told.door, length(premises.door)) = premises.door THEN 0 END AS apart
    ) AS given
    WHERE given.apart <= 1 + :within_m
), evidence AS (
    SELECT place, sum(tips) AS tips, sum(findings) AS findings,
           (array_agg(number ORDER BY at DESC, number) FILTER (WHERE tips = 1 AND number <> ''))[1:3] AS tip_numbers,
           (array_agg(number ORDER BY at DESC, number) FILTER (WHERE findings = 1 AND number <> ''))[1:3] AS finding_numbers
    FROM pointed WHERE apart < least + 1 GROUP BY place
)
SELECT place, number, address, area_code, dwelling, ST_AsBinary(premises.geom) AS geometry,
       coalesce(tips, 0) AS tips, coalesce(findings, 0) AS findings,
       tip_numbers, finding_numbers, count(*) OVER () AS matched
FROM premises LEFT JOIN evidence USING (place) CROSS JOIN zone
ORDER BY coalesce(findings, 0) DESC, coalesce(tips, 0) DESC, ST_Distance(premises.geom, ST_Centroid(zone.geom)), place
LIMIT :limit
