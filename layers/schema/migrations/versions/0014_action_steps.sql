CREATE TABLE action_steps (
    action_step_id BIGINT GENERATED ALWAYS AS IDENTITY,
    action_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    detail JSONB NOT NULL,
    post TEXT NOT NULL,
    sign_in TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_action_steps PRIMARY KEY (action_step_id),
    CONSTRAINT ck_action_steps_step CHECK (step IN ('added', 'planned', 'changed', 'approved')),
    CONSTRAINT fk_action_steps_action_id FOREIGN KEY(action_id) REFERENCES actions (action_id) ON DELETE CASCADE
);
CREATE INDEX ix_action_steps_action_id ON action_steps (action_id);
COMMENT ON COLUMN action_steps.detail IS 'of a change the number of the target and what was written';
COMMENT ON COLUMN action_steps.post IS 'the title of the post that took it';
COMMENT ON COLUMN action_steps.sign_in IS 'the hash of the session it was taken in; '''' by command';

-- A record: added, read, never changed.
GRANT SELECT, INSERT ON action_steps TO wuchuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wuchuan_app;
