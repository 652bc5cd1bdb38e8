-- What people say of the steps of plans.
create table plan_comments (
  id text primary key,
  plan_id text not null references plans (id) on delete cascade,
  at text not null,
  body text not null
);
create index plan_comments_by_plan on plan_comments (plan_id, at, id);
