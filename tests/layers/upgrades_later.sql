-- A row in every table that was added up to the 26th migration.
INSERT INTO tip_steps (tip_id, step, reason, post, status_before)
SELECT tip_id, 'rejected', '不属本市', '受理岗', 'new' FROM tips WHERE tip_no = 'T2';
INSERT INTO zone_reviews (zone_id, area_code, decision, grade_before, grade, sources, reason, post, reviewed_on, expires_on, geom)
SELECT zone_id, area_code, 'confirmed', grade, grade, sources, '走访核实', '受理岗', '2026-05-04', '2026-11-03', geom FROM risk_zones;
INSERT INTO drawn_zones (name, family, note, area_code, account, geom) VALUES ('甲区', 'note', '', '990101001001', '本机', 'SRID=4490;POINT(0.5 0.5)');
UPDATE drawn_zones SET version = 2, note = '夜间';
INSERT INTO stations (name, agency, area_code, geom) VALUES ('城关队', '公安', '990101000000', 'SRID=4490;POINT(0.1 0.1)');
INSERT INTO teams (name, agency, station, officers, ready_minutes) VALUES ('一队', '公安', '城关队', 4, 10);
INSERT INTO actions (name, date, window_since, window_until, agencies, status, planned_by) VALUES
    ('五月行动', '2026-05-10', '2026-05-10 09:00+08', '2026-05-10 11:00+08', ARRAY['公安'], 'planned', '值班岗');
INSERT INTO targets (action_id, number, address, area_code, dwelling, evidence, geom)
SELECT action_id, 1, '东街2号', '990101001001', true, '线索 T1', 'SRID=4490;POINT(0.4 0.4)' FROM actions;
INSERT INTO legs (action_id, target_id, team_id, travel_minutes, notify_at, leave_at, arrive_at, geom)
SELECT action_id, target_id, team_id, 12, '2026-05-10 08:30+08', '2026-05-10 08:48+08', '2026-05-10 09:00+08',
    'SRID=4490;LINESTRING(0.1 0.1,0.4 0.4)' FROM targets, teams;
INSERT INTO action_steps (action_id, step, detail, post, sign_in) SELECT action_id, 'planned', '{}', '值班岗', 'abc' FROM actions;
INSERT INTO backtests (until, seed, parameters, trials, counties, snapshot_sha256) VALUES ('2026-05-03', 7, '{}', '[]', '[]', 'abc');
INSERT INTO misses (backtest_id, area_code, day, geom) SELECT backtest_id, '990101001001', '2026-04-01', 'SRID=4490;POINT(0.4 0.4)' FROM backtests;
INSERT INTO forecast_cells (backtest_id, area_code, method, likely, geom)
SELECT backtest_id, '990101001001', 'kde', 0.7, 'SRID=4490;POLYGON((0 0,1 0,1 1,0 0))' FROM backtests;
INSERT INTO watches (county_code, until, reason, communities, undrawn, tips, level, budget_per_year, method, seed)
VALUES ('990101000000', '2026-05-03', '', 2, 1, 2, 5.5, 1, 'scan', 7);
INSERT INTO alerts (county_code, area_code, communities, since, until, observed, expected, llr, level, recurrence_days,
    chance_days, raised_on, loud_on, method, seed, post, due_on, geom)
VALUES ('990101000000', '990101001001', ARRAY['990101001001'], '2026-04-01', '2026-05-01', 5, 1, 6, 5.5, 900, 3650,
    '2026-05-01', '2026-05-01', 'scan', 7, '值班岗', '2026-05-20', 'SRID=4490;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))');
INSERT INTO alert_steps (alert_id, step, detail) SELECT alert_id, 'raised', '{"observed": 5}' FROM alerts;
INSERT INTO alert_deliveries (alert_id, channel, address) SELECT alert_id, 'email', 'duty@city.example' FROM alerts;
INSERT INTO gazetteers (made_from, body) VALUES ('1', '\x00');
INSERT INTO submissions (client_id, request_hmac, status, headers, body) VALUES ('client-0001', 'abc', 201, '{}', '\x7b7d');
INSERT INTO former_rows (layer, former) VALUES ('tips', '{"tip_no": "T0"}');
INSERT INTO risk_zones_aside SELECT * FROM risk_zones;
INSERT INTO hotspots_aside (analysis_id, area_code, incidents, z, p, geom) SELECT analysis_id, area_code, incidents, z, p, geom FROM hotspots;
INSERT INTO pictures (is_shown, analysis_id) SELECT true, analysis_id FROM analyses;
