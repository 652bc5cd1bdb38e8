create table queue_pauses (
  -- Empty for the whole queue.
  label text primary key,
  -- ISO 8601, UTC.
  since text not null
);
