// One process of a job.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const KILLED = 137;
/** The times of the process and of those that it started, after whatever else the shell says. */
const TIMED = ['bash', '-c', 'TIMEFORMAT="%U %S"; time "$@" 2>&1', 'bash'];

/** Seconds of processor time: user and system, with those of the database where they are known. */
export function secondsOf({ part, place, isKilled = false }, program) {
  const before = program.database?.seconds() ?? 0;
  const { status, stdout, stderr } = start(TIMED, { part, place }, program);
  if (status !== (isKilled ? KILLED : 0))
    throw new Error(`${program.name}, ${part}: it ended with ${status}.\n${stdout}`);
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return user + system + (program.database?.seconds() ?? 0) - before;
}

/** How often it waits for the disk, as strace counts it; undefined where there is no strace. */
export function syncsOf({ part, place }, program) {
  const file = join(place, 'syncs');
  start(['strace', '-f', '-qq', '-c', '-o', file, '-e', 'trace=fsync,fdatasync'], { part, place }, program);
  if (!existsSync(file)) return undefined;
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('sync'));
  return rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/)[3]), 0);
}

function start([command, ...args], { part, place }, { file, home, env }) {
  const program = [process.execPath, join(home, `${file}.mjs`), part, place];
  return spawnSync(command, [...args, ...program], { cwd: home, env, encoding: 'utf8', maxBuffer: 1 << 30 });
}
