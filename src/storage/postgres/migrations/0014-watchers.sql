-- Who wants to know of changes: nothing is told where nobody listens.
create table watchers (
  id text primary key,
  until timestamptz not null
);

-- Tells in the schema which run changed. Workers are told with an empty text that one may continue.
-- The tables that it names are those of this schema, whoever changes a run.
create function tell_watchers() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select 1 from watchers where until > now()) then
    perform pg_notify(tg_table_schema, case when tg_op = 'DELETE' then old.id else new.id end);
  end if;
  return null;
end $$;

create trigger tell_of_changed_run after update on runs for each row
  when (old.last_seq <> new.last_seq or (old.owner is null) <> (new.owner is null)) execute function tell_watchers();
create trigger tell_of_removed_run after delete on runs for each row execute function tell_watchers();
