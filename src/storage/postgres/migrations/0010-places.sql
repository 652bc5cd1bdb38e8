-- The machine that has the files that the run made: only its workers continue the run.
alter table runs add column keeps_to_host text, add column keeps_to_machine text;
