create table plans (
  id text primary key,
  digest text not null,
  request text,
  -- The plan as its file would have it.
  body text not null,
  -- Milliseconds since 1970, of its id where that has a time.
  made_ms bigint not null
);
create index plans_by_age on plans (made_ms desc, id desc);

create table runs (
  id text primary key,
  made_ms bigint not null,
  -- Whether it runs inside another run.
  is_part boolean not null,
  -- What a list shows. It changes in the statement that adds the events that change it.
  last_seq integer not null default 0,
  plan_id text not null default '',
  state text not null default 'NOT_STARTED',
  open_questions integer not null default 0,
  current_step_index integer not null default 0,
  step_count integer not null default 0,
  created_at text not null default '',
  updated_at text not null default '',
  -- From when on a worker may continue it; null while none may.
  wake_at timestamptz,
  priority integer not null default 0,
  labels text[] not null default '{}',
  -- The run as its file would have it, after the first snapshot_seq events.
  snapshot text,
  snapshot_seq integer not null default 0,
  -- Who drives it: whoever counted generation up last, until lease_until by the clock of the database.
  generation integer not null default 0,
  owner jsonb,
  lease_until timestamptz
);
create index runs_by_age on runs (made_ms desc, id desc) where last_seq > 0 and not is_part;
create index runs_by_state on runs (state, made_ms desc, id desc) where last_seq > 0 and not is_part;
create index runs_that_ask on runs (made_ms desc, id desc) where open_questions > 0;

create index runs_to_continue on runs (priority desc, wake_at) where wake_at is not null;

create table events (
  run_id text not null references runs (id) on delete cascade,
  seq integer not null,
  line text not null,
  primary key (run_id, seq)
);

-- Large values as JSON, in parts.
create table memory (
  run_id text not null references runs (id) on delete cascade,
  digest text not null,
  part integer not null,
  body text not null,
  primary key (run_id, digest, part)
);
alter table memory alter column body set storage external;

create table start_keys (
  key text primary key,
  run_id text not null
);
create index start_keys_by_run on start_keys (run_id);
