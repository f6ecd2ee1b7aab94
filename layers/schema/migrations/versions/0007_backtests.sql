CREATE TABLE backtests (
    backtest_id BIGINT GENERATED ALWAYS AS IDENTITY,
    until DATE NOT NULL,
    seed BIGINT NOT NULL,
    parameters JSONB NOT NULL,
    trials JSONB NOT NULL,
    counties JSONB NOT NULL,
    snapshot_sha256 TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_backtests PRIMARY KEY (backtest_id)
);
CREATE TABLE misses (
    miss_id BIGINT GENERATED ALWAYS AS IDENTITY,
    backtest_id BIGINT,
    area_code TEXT NOT NULL,
    day DATE NOT NULL,
    geom geometry(POINT,4490) NOT NULL,
    CONSTRAINT pk_misses PRIMARY KEY (miss_id),
    CONSTRAINT fk_misses_backtest_id FOREIGN KEY(backtest_id) REFERENCES backtests (backtest_id) ON DELETE CASCADE
);
CREATE INDEX ix_misses_area_code ON misses (area_code);
CREATE INDEX ix_misses_backtest_id ON misses (backtest_id);
CREATE INDEX ix_misses_geom ON misses USING spgist (geom);
CREATE TABLE forecast_cells (
    forecast_cell_id BIGINT GENERATED ALWAYS AS IDENTITY,
    backtest_id BIGINT,
    area_code TEXT NOT NULL,
    method TEXT NOT NULL,
    likely DOUBLE PRECISION NOT NULL,
    geom geometry(POLYGON,4490) NOT NULL,
    CONSTRAINT pk_forecast_cells PRIMARY KEY (forecast_cell_id),
    CONSTRAINT fk_forecast_cells_backtest_id FOREIGN KEY(backtest_id) REFERENCES backtests (backtest_id) ON DELETE CASCADE
);
CREATE INDEX ix_forecast_cells_area_code ON forecast_cells (area_code);
CREATE INDEX ix_forecast_cells_backtest_id ON forecast_cells (backtest_id);
CREATE INDEX ix_forecast_cells_geom ON forecast_cells USING gist (geom);

COMMENT ON COLUMN backtests.trials IS 'a row for each origin, method and share';
COMMENT ON COLUMN backtests.counties IS 'a row for each county: hits of both methods, and the gain';
COMMENT ON COLUMN backtests.snapshot_sha256 IS 'of the events it was made from';
COMMENT ON COLUMN forecast_cells.likely IS 'events to expect in the horizon, shrunk';

INSERT INTO layer_versions (layer, version) VALUES ('misses', 0), ('forecast_cells', 0), ('backtests', 0);
CREATE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON misses
FOR EACH STATEMENT EXECUTE FUNCTION raise_version();
CREATE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON forecast_cells
FOR EACH STATEMENT EXECUTE FUNCTION raise_version();
CREATE TRIGGER version_raised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON backtests
FOR EACH STATEMENT EXECUTE FUNCTION raise_version();

GRANT SELECT, INSERT, DELETE ON backtests, misses, forecast_cells TO wuchuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wuchuan_app;
