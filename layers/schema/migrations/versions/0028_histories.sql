-- What the session says of itself; nothing where it says nothing.
CREATE FUNCTION acting(part text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('wuchuan.' || part, true), '')
$$;

ALTER TABLE tip_steps ADD COLUMN account TEXT DEFAULT '' NOT NULL, ADD COLUMN sign_in TEXT DEFAULT '' NOT NULL,
    ADD COLUMN area_code TEXT DEFAULT '' NOT NULL, ADD COLUMN request_id TEXT DEFAULT '' NOT NULL;
ALTER TABLE alert_steps ADD COLUMN account TEXT DEFAULT '' NOT NULL, ADD COLUMN sign_in TEXT DEFAULT '' NOT NULL,
    ADD COLUMN area_code TEXT DEFAULT '' NOT NULL, ADD COLUMN request_id TEXT DEFAULT '' NOT NULL;
ALTER TABLE action_steps ADD COLUMN account TEXT DEFAULT '' NOT NULL,
    ADD COLUMN area_code TEXT DEFAULT '' NOT NULL, ADD COLUMN request_id TEXT DEFAULT '' NOT NULL;
ALTER TABLE zone_reviews ADD COLUMN account TEXT DEFAULT '' NOT NULL, ADD COLUMN sign_in TEXT DEFAULT '' NOT NULL,
    ADD COLUMN request_id TEXT DEFAULT '' NOT NULL;
ALTER TABLE drawn_zone_versions ADD COLUMN post TEXT DEFAULT '' NOT NULL, ADD COLUMN sign_in TEXT DEFAULT '' NOT NULL,
    ADD COLUMN request_id TEXT DEFAULT '' NOT NULL;

UPDATE tip_steps SET area_code = tips.area_code FROM tips WHERE tips.tip_id = tip_steps.tip_id;
UPDATE alert_steps SET area_code = alerts.area_code FROM alerts WHERE alerts.alert_id = alert_steps.alert_id;

-- set only now, so that nothing is said of rows of before
ALTER TABLE tip_steps ALTER account SET DEFAULT acting('account'), ALTER sign_in SET DEFAULT acting('sign_in'),
    ALTER request_id SET DEFAULT acting('request_id');
ALTER TABLE alert_steps ALTER account SET DEFAULT acting('account'), ALTER sign_in SET DEFAULT acting('sign_in'),
    ALTER request_id SET DEFAULT acting('request_id');
ALTER TABLE action_steps ALTER account SET DEFAULT acting('account'), ALTER sign_in SET DEFAULT acting('sign_in'),
    ALTER request_id SET DEFAULT acting('request_id');
ALTER TABLE zone_reviews ALTER account SET DEFAULT acting('account'), ALTER sign_in SET DEFAULT acting('sign_in'),
    ALTER request_id SET DEFAULT acting('request_id');
ALTER TABLE drawn_zone_versions ALTER post SET DEFAULT acting('post'), ALTER sign_in SET DEFAULT acting('sign_in'),
    ALTER request_id SET DEFAULT acting('request_id');

CREATE VIEW history WITH (security_invoker = true) AS
SELECT 'tip' AS noun, tip_id::text AS subject, step, jsonb_build_object('reason', reason) AS detail,
       account, post, sign_in, area_code, request_id, at FROM tip_steps
UNION ALL
SELECT 'alert', alert_id::text, step, detail, account, post, sign_in, area_code, request_id, at FROM alert_steps
UNION ALL
SELECT 'action', action_id::text, step, detail, account, post, sign_in, area_code, request_id, at FROM action_steps
UNION ALL
SELECT 'zone', zone_id, decision,
       jsonb_build_object('reason', reason, 'grade_before', grade_before, 'grade', grade, 'expires_on', expires_on),
       account, post, sign_in, area_code, request_id, at FROM zone_reviews
UNION ALL
SELECT 'drawing', id::text,
       CASE WHEN deleted_at IS NOT NULL THEN 'removed' WHEN version = 1 THEN 'added' ELSE 'changed' END,
       jsonb_build_object('version', version, 'name', name), account, post, sign_in, area_code, request_id, updated_at
FROM drawn_zone_versions;
GRANT SELECT ON history TO wuchuan_app;
