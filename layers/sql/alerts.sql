-- Alerts with the names of their places, the one that told most first, and how far their messages are. An area that has
-- gone is called by its code. Its history is what posts did with it: how it was closed, why it was opened again.
SELECT alert_id, county_code, area_code, communities, since, until, observed, expected, llr, level, recurrence_days,
       chance_days, raised_on, loud_on, post, due_on, result, note, closed_by, closed_at, version,
       due_on < current_date AND closed_at IS NULL AS overdue,
       coalesce((SELECT name FROM areas WHERE code = county_code), county_code) AS county,
       ARRAY(SELECT coalesce(name, zone.code) FROM unnest(communities) AS zone (code) LEFT JOIN areas USING (code)
             ORDER BY zone.code <> area_code, zone.code) AS places,
       (SELECT coalesce(json_agg(json_build_object('channel', channel, 'address', address, 'state', state,
                                                   'tries', tries, 'last_error', last_error)
                                 ORDER BY alert_delivery_id), '[]')
        FROM alert_deliveries WHERE alert_deliveries.alert_id = alerts.alert_id) AS deliveries,
       (SELECT coalesce(json_agg(json_build_object('at', to_char(at, 'YYYY-MM-DD HH24:MI'), 'post', alert_steps.post,
                                                   'result', detail ->> 'result', 'note', detail ->> 'note',
                                                   'reopened', detail ->> 'reopened')
                                 ORDER BY alert_step_id), '[]')
        FROM alert_steps WHERE alert_steps.alert_id = alerts.alert_id AND alert_steps.post <> '') AS history
FROM alerts
WHERE (CAST(:alert_id AS bigint) IS NULL OR alert_id = :alert_id)
  AND (CAST(:is_open AS boolean) IS NULL OR (closed_at IS NULL) = :is_open)
ORDER BY closed_at DESC NULLS FIRST, county_code, raised_on DESC, alert_id
LIMIT :limit
