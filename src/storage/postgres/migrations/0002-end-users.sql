create table end_users (
  id text primary key,
  -- What is known, as its file would have it.
  body text not null
);
