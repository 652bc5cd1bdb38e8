// A PostgreSQL database for the peer that needs one, and what the server does for it.
import { readFileSync } from 'node:fs';

import pg from 'pg';

/** Of the clock of /proc, on every Linux. */
const TICKS_PER_SECOND = 100;

/** Makes a database of its own on the server. */
export async function openDatabase(server) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const name = `portia_bench_${process.pid}`;
  await client.query(`CREATE DATABASE ${name}`);
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const postmaster = parentOf(rows[0].pid);
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    /** Whether it is known what the server does. */
    isCounted: postmaster !== undefined,
    /** Processor time of all processes of the server so far, in seconds; always 0 when it is on another machine. */
    seconds: () => (postmaster === undefined ? 0 : secondsOfServer(postmaster)),
    async close() {
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await client.end();
    },
  };
}

/** The fields of /proc/PID/stat after the name; undefined when there is no such process here. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    return { name: text.slice(text.indexOf('(') + 1, end), fields: text.slice(end + 2).split(' ') };
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

function parentOf(pid) {
  const stat = statOf(pid);
  return stat?.name === 'postgres' ? Number(stat.fields[1]) : undefined;
}

function secondsOfServer(postmaster) {
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').split(' ').filter(Boolean);
  // Its own time, that of the children that have ended, and that of those that are there.
  const ticks = [ticksOf(postmaster, 4), ...children.map((pid) => ticksOf(pid, 2))];
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

/** The first so many of: user, system, user of ended children, system of ended children. */
function ticksOf(pid, count) {
  const times = statOf(pid)?.fields.slice(11, 11 + count) ?? [];
  return times.reduce((sum, each) => sum + Number(each), 0);
}
