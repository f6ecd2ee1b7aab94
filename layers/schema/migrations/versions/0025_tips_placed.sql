ALTER TABLE tip_steps DROP CONSTRAINT ck_tip_steps_step;
ALTER TABLE tip_steps ADD CONSTRAINT ck_tip_steps_step
    CHECK (step IN ('added', 'new', 'accepted', 'duplicate', 'transferred', 'rejected', 'placed'));
