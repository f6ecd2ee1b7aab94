-- Steps hang upon tips and actions, which would take them along.
REVOKE DELETE ON tips, actions, targets, backtests, job_progress FROM wuchuan_app;
REVOKE UPDATE, DELETE ON analyses, city FROM wuchuan_app;
REVOKE UPDATE ON hotspots, legs, posts, actions, targets FROM wuchuan_app;
REVOKE INSERT, DELETE ON layer_versions FROM wuchuan_app;
GRANT UPDATE (h_hour, status, version, planned_by, approved_by) ON actions TO wuchuan_app;
GRANT UPDATE (dwelling, evidence, legal_basis, authority, document_no, police_document_no) ON targets TO wuchuan_app;

-- An alert that is closed may be opened again; until then nothing of it changes but how long its episode goes on.
CREATE FUNCTION keep_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'loud_on' <> to_jsonb(OLD) - 'loud_on' THEN
        RAISE EXCEPTION 'alert % is closed', OLD.alert_id USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER closed_kept BEFORE UPDATE ON alerts FOR EACH ROW
WHEN (OLD.closed_at IS NOT NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION keep_closed();
