-- Whose consents count for everybody who uses this store.
create table signers (
  key text primary key,
  name text not null,
  added_at timestamptz not null default now()
);
