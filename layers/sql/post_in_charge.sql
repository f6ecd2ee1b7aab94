-- The post of the smallest area that holds all :codes, the first listed of several. A 12-digit code names its area by
-- the digits before the zeros at its end: 2 a province, 4 a city, 6 a county, 9 a township.
SELECT post
FROM (SELECT post, post_id, CASE WHEN area_code ~ '^[0-9]{12}$'
                                 THEN regexp_replace(area_code, '(0{10}|0{8}|0{6}|0{3})$', '')
                                 ELSE area_code END AS prefix
      FROM posts) AS duty
WHERE (SELECT bool_and(starts_with(code, prefix)) FROM unnest(CAST(:codes AS text[])) AS code)
ORDER BY length(prefix) DESC, post_id
LIMIT 1
