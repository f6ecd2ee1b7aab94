CREATE TABLE submissions (
    client_id TEXT NOT NULL,
    request_hmac TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers JSONB NOT NULL,
    body BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_submissions PRIMARY KEY (client_id)
);
CREATE INDEX ix_submissions_at ON submissions (at);

COMMENT ON TABLE submissions IS 'what was taken under an id of the client, for a week, so that it is taken once';
COMMENT ON COLUMN submissions.client_id IS 'made by the page, one for each form or drawing';
COMMENT ON COLUMN submissions.request_hmac IS 'keyed, so that nothing that was sent can be guessed';

GRANT SELECT, INSERT, DELETE ON submissions TO wuchuan_app;
