create table notices (
  id text primary key,
  run_id text not null references runs (id) on delete cascade,
  -- The notice as its file would have it.
  body text not null,
  revision integer not null,
  created_at timestamptz not null,
  -- From when on it may be part of a message; null when nothing is left to do for it.
  ready_at timestamptz,
  is_settled boolean not null
);
create index notices_ready on notices (ready_at) where ready_at is not null;
create index notices_unsent on notices (created_at) where not is_settled;
create index notices_by_run on notices (run_id);
