-- Calls of models: those of the last minute, and those that have not ended.
create table model_calls (
  id bigint generated always as identity primary key,
  provider text not null,
  model text not null,
  begun_at timestamptz not null,
  tokens bigint not null,
  -- Null once the call has ended. A process that ended without saying so holds its place no longer than this.
  open_until timestamptz
);
create index model_calls_by_provider on model_calls (provider, begun_at);

-- What answers told of the limits of a model.
create table model_limits (
  provider text not null,
  model text not null,
  learned jsonb not null,
  primary key (provider, model)
);
