// What jobs cost here and in other programs: processor time of whole processes, in turn.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { median, record } from '../measure.js';
import { openDatabase } from './database.js';
import { JOBS } from './jobs.js';
import { install, PEERS, PORTIA } from './programs.js';
import { secondsOf, syncsOf } from './run-part.js';

const ROUNDS = 3;
const WIDTH = 17;
const JOB_FOLDERS = 'jobs';
const { PORTIA_TEST_POSTGRES: SERVER, PORTIA_BENCH_PEERS: KEPT } = process.env;

/** `words` are parts of the names of jobs; without any, all are measured. */
export async function measurePeers(words) {
  const folder = KEPT === undefined ? mkdtempSync(join(tmpdir(), 'bench-peers-')) : resolve(KEPT);
  const model = spawn(process.execPath, [join(import.meta.dirname, 'model-server.mjs')], {
    stdio: ['ignore', 'pipe', 2],
  });
  const database = SERVER === undefined ? undefined : await openDatabase(SERVER);
  try {
    const [address] = await model.stdout.take(1).toArray();
    const env = environment({ folder, address: String(address).trim(), DATABASE: database?.url });
    const programs = [PORTIA, ...PEERS.filter(isPossible)].map((program) => ({
      ...{ ...program, env, home: join(folder, program.file) },
      database: program.needsDatabase === true ? database : undefined,
    }));
    for (const program of programs) {
      const problem = install(program, program.home);
      if (problem === undefined) continue;
      console.error(problem);
      record(false);
      return;
    }
    printHead(programs);
    const isWanted = ({ name }) => words.length === 0 || words.some((word) => name.includes(word));
    for (const job of JOBS.filter(isWanted)) printJob(job, programs);
    if (database?.isCounted === false) console.log('Without the work of the database, which is on another machine.');
  } finally {
    model.kill();
    await database?.close();
    const done = KEPT === undefined ? [folder] : [PORTIA, ...PEERS].map(({ file }) => join(folder, file, JOB_FOLDERS));
    for (const each of done) rmSync(each, { recursive: true, force: true });
  }
}

function isPossible({ name, node = 0, needsDatabase = false }) {
  const lack = [
    ...(Number.parseInt(process.versions.node, 10) < node ? [`it needs Node ${node}`] : []),
    ...(needsDatabase && SERVER === undefined ? ['it needs PostgreSQL, and PORTIA_TEST_POSTGRES is not set'] : []),
  ];
  if (lack.length > 0) console.log(`${name} is left out: ${lack.join(', ')}.`);
  return lack.length === 0;
}

function environment({ folder, address, ...more }) {
  const { NODE_EXTRA_CA_CERTS: _slow, ...rest } = process.env;
  return { ...rest, ...more, HOME: folder, CI: '1', OPENAI_BASE_URL: address, OPENAI_API_KEY: 'none' };
}

function printHead(programs) {
  console.log('Seconds of processor time. In brackets: those of portia as a part of them; below 1, portia takes less.');
  printRow(
    '',
    programs.map(({ name }) => name),
  );
  printRow(
    '',
    programs.map(({ version = '' }) => version),
  );
  const syncs = (program) => syncsOf({ part: 'steps', place: newPlace(program) }, program);
  const cells = programs.map((program) => (program.needsDatabase === true ? 'each step' : `${syncs(program) ?? '?'}`));
  printRow('', cells, 'syncs in 200 steps');
}

function printRow(mark, cells, name = '') {
  console.log(`${mark.padEnd(5)}${cells.map((cell) => cell.padStart(WIDTH)).join('')}  ${name}`.trimEnd());
}

/** A star is where portia takes more than a program that does less: that syncs now and then or never, or checks nothing. */
function printJob(job, programs) {
  const able = programs.filter(({ parts }) => parts === undefined || job.parts.every((part) => parts.includes(part)));
  const seconds = new Map(able.map((program) => [program, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const program of able) seconds.get(program).push(secondsOfJob(job, program));
  }
  const [portia] = programs;
  const ours = seconds.get(portia);
  const ratioTo = (program) => median(ours.map((own, round) => own / seconds.get(program)[round]));
  const isFair = ({ needsDatabase = false }) => job.synced === true || (needsDatabase && job.asksModel !== true);
  const cells = programs.map((program) => {
    if (!seconds.has(program)) return '–';
    const own = median(seconds.get(program)).toFixed(2);
    if (program === portia) return own;
    const ratio = ratioTo(program);
    return `${own} (${ratio.toFixed(2)})${ratio > 1 && !isFair(program) ? '*' : ' '}`;
  });
  const isGood = able.every((program) => program === portia || !isFair(program) || ratioTo(program) <= 1);
  record(isGood);
  printRow(isGood ? 'ok' : 'MORE', cells, job.name);
}

function secondsOfJob({ before = [], parts, killed }, program) {
  const place = newPlace(program);
  for (const part of before) secondsOf({ part, place }, program);
  const all = parts.map((part) => secondsOf({ part, place, isKilled: part === killed }, program));
  return all.reduce((sum, each) => sum + each, 0);
}

/** All are removed at the end: for a minute ext4 makes new files with more work where others were removed. */
function newPlace({ home }) {
  const jobs = join(home, JOB_FOLDERS);
  mkdirSync(jobs, { recursive: true });
  return mkdtempSync(join(jobs, 'job-'));
}
