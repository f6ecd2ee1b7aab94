ALTER TABLE tip_steps ADD COLUMN status_before TEXT;
COMMENT ON COLUMN tip_steps.status_before IS 'of the tip; without one it was new, or not there yet';
UPDATE tip_steps SET status_before = nullif(former.step, 'added')
FROM (SELECT tip_step_id, lag(step) OVER (PARTITION BY tip_id ORDER BY tip_step_id) AS step FROM tip_steps) AS former
WHERE former.tip_step_id = tip_steps.tip_step_id;
CREATE INDEX ix_tip_steps_at ON tip_steps (at);

-- An import that takes over the status of another system is a step as well, also back to new.
ALTER TABLE tip_steps DROP CONSTRAINT ck_tip_steps_step;
ALTER TABLE tip_steps ADD CONSTRAINT ck_tip_steps_step
    CHECK (step IN ('added', 'new', 'accepted', 'duplicate', 'transferred', 'rejected'));
