CREATE VIEW runs WITH (security_invoker = true) AS
SELECT 'analysis' AS kind, '' AS scope, analysis_id AS run, until, seed,
       parameters - ARRAY['snapshots', 'result_sha256'] AS parameters,
       coalesce(parameters -> 'snapshots', '{}') AS snapshots,
       coalesce(parameters ->> 'result_sha256', '') AS result_sha256, made_at
FROM analyses
UNION ALL
SELECT 'backtest', '', backtest_id, until, seed, parameters, jsonb_build_object('events', snapshot_sha256),
       encode(sha256(convert_to(jsonb_build_array(trials, counties)::text, 'UTF8')), 'hex'), made_at
FROM backtests
UNION ALL
SELECT 'watch', county_code, NULL, until, seed,
       jsonb_build_object('method', method, 'budget_per_year', budget_per_year), '{}',
       encode(sha256(convert_to(jsonb_build_array(reason, communities, undrawn, tips, level)::text, 'UTF8')), 'hex'),
       made_at
FROM watches;
GRANT SELECT ON runs TO wuchuan_app;
