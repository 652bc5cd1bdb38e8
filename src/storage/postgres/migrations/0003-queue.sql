alter table runs
  -- Whether it was left to workers.
  add column queued boolean not null default false,
  add column end_user text not null default '',
  -- Why it stopped, when it did.
  add column pause text;

update runs set queued = true
from events where run_id = id and line like '%run.queued%' and (line::json -> 'type')::text = '"run.queued"';

-- What a run before was made for is only known for sure where its text has no escapes.
update runs set end_user = trim(both '"' from (line::json -> 'end_user_id')::text)
from events where run_id = id and seq = 1 and (line::json -> 'end_user_id')::text ~ '^"[^"\\]*"$';

create index runs_driven on runs (plan_id) where owner is not null;
create index runs_queued on runs ((-priority), coalesce(wake_at, 'infinity'), id)
  where queued and state not in ('COMPLETE', 'FAILED');
