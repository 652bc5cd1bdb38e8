-- Secret answers of runs that wait for a worker. Their key is never here.
create table sealed_answers (
  run_id text not null references runs (id) on delete cascade,
  question_id text not null,
  sealed text not null,
  primary key (run_id, question_id)
);
