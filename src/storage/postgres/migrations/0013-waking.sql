-- Finds the runs that may continue now among many that wait for a later time.
create index runs_by_waking on runs (wake_at) where wake_at is not null;
