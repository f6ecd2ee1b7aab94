-- A page of the tips of one status without their text, of those that hold :text in a number, the address or the
-- community. Where a tip lies in several standing zones, the gravest grade counts. A tip without a due day stands where
-- three weeks would put it: fifteen working days without a holiday among them. Words that came after the last step wait
-- to be read.
SELECT tip_id, tip_no, source_no, received_at, CAST(received_at AS date) AS received_on, channel, category, address,
       due_on, coalesce(status, 'new') AS status, community.name AS community, zone.grade, zone.zone_id,
       (SELECT count(*) FROM tip_steps WHERE tip_steps.tip_id = tips.tip_id) AS version,
       coalesce((SELECT step FROM tip_steps WHERE tip_steps.tip_id = tips.tip_id ORDER BY tip_step_id DESC LIMIT 1)
                = 'supplemented', false) AS is_supplemented
FROM tips
LEFT JOIN LATERAL (
    SELECT name FROM areas WHERE code = tips.community_code AND level = 'community' AND valid_to IS NULL
) AS community ON true
LEFT JOIN LATERAL (
    SELECT grade, zone_id FROM risk_zones
    WHERE expires_on > current_date AND risk_zones.geom && tips.geom AND ST_Intersects(risk_zones.geom, tips.geom)
    ORDER BY array_position(ARRAY['red', 'orange', 'yellow'], grade), zone_id LIMIT 1
) AS zone ON true
WHERE coalesce(status, 'new') = :status
  AND (:text = '' OR strpos(lower(concat_ws(chr(10), tip_no, source_no, address, community_code, community.name)),
                            lower(:text)) > 0)
ORDER BY CASE WHEN :status = 'new' THEN coalesce(due_on, CAST(received_at AS date) + 21) END NULLS LAST,
         array_position(ARRAY['red', 'orange', 'yellow'], zone.grade) NULLS LAST, received_at DESC, tip_id
LIMIT :limit OFFSET :start
