CREATE TABLE former_rows (
    former_row_id BIGINT GENERATED ALWAYS AS IDENTITY,
    layer TEXT NOT NULL,
    former JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_former_rows PRIMARY KEY (former_row_id)
);
COMMENT ON TABLE former_rows IS 'records as they were before they were rewritten or removed; the service cannot read it';

CREATE FUNCTION keep_former() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO former_rows (layer, former) VALUES (TG_TABLE_NAME, to_jsonb(OLD));
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION keep_former() FROM PUBLIC;

-- Where a tip stands is kept by its steps, and where it lies by its address.
CREATE TRIGGER former_kept AFTER UPDATE ON tips FOR EACH ROW
WHEN ((OLD.tip_no, OLD.received_at, OLD.source_no, OLD.channel, OLD.category, OLD.text, OLD.address)
      IS DISTINCT FROM (NEW.tip_no, NEW.received_at, NEW.source_no, NEW.channel, NEW.category, NEW.text, NEW.address))
EXECUTE FUNCTION keep_former();
CREATE TRIGGER former_kept AFTER UPDATE ON raids FOR EACH ROW
WHEN ((OLD.action_no, OLD.date, OLD.place, OLD.kind, OLD.outcome, OLD.dens, OLD.people, OLD.text)
      IS DISTINCT FROM (NEW.action_no, NEW.date, NEW.place, NEW.kind, NEW.outcome, NEW.dens, NEW.people, NEW.text))
EXECUTE FUNCTION keep_former();
CREATE TRIGGER former_kept AFTER DELETE ON legs FOR EACH ROW EXECUTE FUNCTION keep_former();
CREATE TRIGGER former_kept AFTER DELETE OR UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION keep_former();
CREATE TRIGGER former_kept AFTER DELETE ON risk_zones FOR EACH ROW
WHEN (OLD.reviewed_on IS NOT NULL) EXECUTE FUNCTION keep_former();

-- LOCK TABLE asks for a right on the whole table: a right on each of its columns does as well for everything else.
DO $$
DECLARE
    held text;
    names text;
BEGIN
    FOR held IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND has_table_privilege('wuchuan_app', oid, 'UPDATE') AND NOT has_table_privilege('wuchuan_app', oid, 'DELETE')
    LOOP
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names FROM pg_attribute
        WHERE attrelid = format('public.%I', held)::regclass AND attnum > 0 AND NOT attisdropped;
        EXECUTE format('REVOKE UPDATE ON %I FROM wuchuan_app', held);
        EXECUTE format('GRANT UPDATE (%s) ON %I TO wuchuan_app', names, held);
    END LOOP;
END
$$;

-- Of the queue nothing is removed but workers that are gone and the marks of the hours, by its own functions.
REVOKE UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_workers FROM wuchuan_app;
GRANT UPDATE (status, worker_id, attempts, abort_requested, scheduled_at, priority, queue_name, lock)
    ON procrastinate_jobs TO wuchuan_app;
GRANT UPDATE (last_heartbeat) ON procrastinate_workers TO wuchuan_app;
ALTER FUNCTION procrastinate_unregister_worker_v1(bigint) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION procrastinate_prune_stalled_workers_v1(float) SECURITY DEFINER SET search_path = public, pg_temp;
