-- Two rows or one in every table of the first release.
INSERT INTO city (code_prefix, name) VALUES ('9901', '演示市');
INSERT INTO analyses (method, seed, until, parameters, incidents) VALUES ('risk-1', 7, '2026-05-03', '{"window_days": 365}', 12);
INSERT INTO areas (code, name, level, identity, geom) VALUES
    ('990101001001', '青山社区', 'community', gen_random_uuid(), 'SRID=4490;MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)))'),
    ('990101001002', '绿水村', 'community', gen_random_uuid(), NULL);
INSERT INTO audit (account, action, layer, detail) VALUES ('本机', 'export', 'tips', '{"rows": 2}');
INSERT INTO counts (community_code, month, register, count, identity) VALUES ('990101001001', '2026-04-01', 'rental', 40, gen_random_uuid());
UPDATE counts SET count = 41;
INSERT INTO decisions (decision_no, kind, address, authority, decided_on, expires_on, geom) VALUES
    ('甲字1号', '查封', '东街1号', '市场监管局', '2026-01-05', '2026-07-05', 'SRID=4490;POINT(0.5 0.5)');
INSERT INTO entry_tokens (token_sha256, expires_at) VALUES ('abc', '2026-05-04 12:00+08');
INSERT INTO import_batches (layer, file_name, sha256, account, report) VALUES ('tips', '线索.xlsx', 'abc', '本机', '{"accepted": 2}');
INSERT INTO job_progress (job_id, done, total, note) VALUES (1, 3, 3, '完成');
INSERT INTO jurisdictions (kind, name, area_code, geom) VALUES ('police', '城关所', '990101000000', NULL);
INSERT INTO posts (post, area_code, work_phone) VALUES ('受理岗', '990100000000', '0599 1234567'), ('值班岗', '990101000000', NULL);
INSERT INTO raids (action_no, date, place, kind, outcome, dens, people, identity, geom) VALUES
    ('R1', '2026-03-04', '东街3号', 'joint', 'found', 1, 8, gen_random_uuid(), 'SRID=4490;POINT(0.2 0.3)');
INSERT INTO rental_units (unit_code, address, rooms, identity, geom) VALUES ('U1', '东街2号', 3, gen_random_uuid(), 'SRID=4490;POINT(0.4 0.4)');
INSERT INTO rivers (name, geom) VALUES ('清水河', 'SRID=4490;MULTILINESTRING((0 0,1 1))');
INSERT INTO roads (name, identity, geom) VALUES ('东街', gen_random_uuid(), 'SRID=4490;MULTILINESTRING((0 0,0 1))');
INSERT INTO venues (venue_no, name, identity, geom) VALUES ('V1', '悦来旅馆', gen_random_uuid(), NULL);
INSERT INTO tips (tip_no, received_at, channel, text, address, status, identity, geom) VALUES
    ('T1', '2026-04-01 08:00+08', '110', '有人聚集', '东街2号', 'new', gen_random_uuid(), 'SRID=4490;POINT(0.4 0.4)'),
    ('T2', '2026-04-02 08:00+08', '12315', '夜里上课', NULL, 'rejected', gen_random_uuid(), NULL);
INSERT INTO hotspots (analysis_id, area_code, incidents, z, p, geom) SELECT analysis_id, '990101001001', 5, 4.2, 0.001,
    'SRID=4490;POLYGON((0 0,1 0,1 1,0 0))' FROM analyses;
INSERT INTO risk_zones (zone_id, analysis_id, area_code, grade, score, own_raid_share, tips, sources, findings, radius_m,
    expected, since, until, expires_on, reviewed_on, reasons, evidence, method, geom)
SELECT 'Z1', analysis_id, '990101001001', 'red', 9.5, 0, 4, 3, 1, 200, 0.4, '2025-05-03', '2026-05-03', '2026-11-03',
    '2026-05-04', ARRAY['三个来源'], '[]', 'risk-1', 'SRID=4490;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))' FROM analyses;
