-- What the planning model was sent and said, as JSON; null when nothing is kept.
alter table plans add column exchanges text;
