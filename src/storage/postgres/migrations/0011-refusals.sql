-- Why workers cannot continue it: a list of what the queue knows of each.
alter table runs add column refusals jsonb not null default '[]';
