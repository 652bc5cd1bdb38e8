create table signals (
  id text primary key,
  -- Digest of the event and its key.
  subject text not null,
  event text not null,
  key text not null,
  -- What came with it, as JSON.
  data text not null,
  sent_at timestamptz not null default clock_timestamp(),
  -- The run that has it, and the effect there.
  run_id text,
  effect text
);
create index signals_free on signals (subject, sent_at, id) where run_id is null;
create index signals_taken on signals (run_id, effect) where run_id is not null;
create index signals_by_age on signals (sent_at);

-- The subject of the event that a run waits for.
alter table runs add column waits_for text;
create index runs_waiting on runs (waits_for) where waits_for is not null;
