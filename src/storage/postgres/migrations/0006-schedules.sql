create table schedules (
  id text primary key,
  -- The schedule as its file would have it.
  body text not null,
  revision integer not null,
  -- The next time that has not got a run yet.
  next_at timestamptz
);
create index schedules_by_time on schedules (next_at);
