-- Earlier tips that one of :received_at, :source_no and a point may repeat: within the window and near, or with a text to
-- compare, of the same source, or of whatever age at the same house. :tip_id is the tip itself, past all others where it
-- is not stored yet. Of two on one day the first stored is the earlier: of the public form the day alone is kept. The
-- error of a distance is that of both points together.
SELECT other.tip_id, other.tip_no, other.source_no, other.received_at, other.channel, other.category, other.text,
       other.address, coalesce(other.status, 'new') AS status, ST_X(other.geom) AS lon, ST_Y(other.geom) AS lat,
       CASE WHEN other.geom IS NULL OR asked.geom IS NULL THEN NULL
            ELSE ST_DistanceSphere(ST_SetSRID(other.geom, 4326), ST_SetSRID(asked.geom, 4326)) END AS distance_m,
       coalesce(other.place_error_m, 0) + coalesce(CAST(:place_error_m AS float8), 0) AS distance_error_m,
       abs(CAST(other.received_at AS date) - CAST(asked.received_at AS date)) AS days_apart,
       coalesce(other.source_no = asked.source_no, false) AS same_source
FROM (SELECT CAST(:received_at AS timestamptz) AS received_at, CAST(:source_no AS text) AS source_no,
             ST_SetSRID(ST_MakePoint(CAST(:lon AS float8), CAST(:lat AS float8)), 4490) AS geom) AS asked
JOIN tips AS other ON (CAST(other.received_at AS date), other.tip_id)
                       < (CAST(asked.received_at AS date), CAST(:tip_id AS bigint))
    AND coalesce(other.status, 'new') NOT IN ('duplicate', 'rejected')
    AND (other.source_no = asked.source_no
         OR other.received_at >= asked.received_at - make_interval(days => :window_days)
         OR other.geom && ST_Expand(ST_SetSRID(ST_MakePoint(CAST(:lon AS float8), CAST(:lat AS float8)), 4490), :house_degrees))
ORDER BY same_source DESC, distance_m NULLS LAST, other.tip_id
LIMIT :limit
