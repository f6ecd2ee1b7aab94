-- Earlier tips that :tip_id may repeat: within the window and near, or with a text to compare, or of the same source.
SELECT other.tip_id, other.tip_no, other.source_no, other.received_at, other.channel, other.category, other.text,
       other.address, coalesce(other.status, 'new') AS status,
       CASE WHEN other.geom IS NULL OR asked.geom IS NULL THEN NULL
            ELSE ST_DistanceSphere(ST_SetSRID(other.geom, 4326), ST_SetSRID(asked.geom, 4326)) END AS distance_m,
       abs(CAST(other.received_at AS date) - CAST(asked.received_at AS date)) AS days_apart,
       coalesce(other.source_no = asked.source_no, false) AS same_source
FROM tips AS asked
JOIN tips AS other ON (other.received_at, other.tip_id) < (asked.received_at, asked.tip_id) AND coalesce(other.status, 'new') NOT IN ('duplicate', 'rejected')
    AND (other.source_no = asked.source_no
         OR other.received_at >= asked.received_at - make_interval(days => :window_days))
WHERE asked.tip_id = :tip_id
ORDER BY same_source DESC, distance_m NULLS LAST, other.tip_id
LIMIT :limit
