// How long a short command takes beside a Node that does nothing: from the checkout, and as npm installs it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { BARE, bench, folder, isWanted, leastRatio, median, node, portia, processorRatio, time } from './measure.js';
import { makeRunOf20kB } from './projects.js';

export function measureStartUp() {
  if (!isWanted('start-up', LINES.join(' '))) return;
  const id = makeRunOf20kB();
  measure('', portia, id);
  const home = mkdtempSync(join(tmpdir(), 'bench-installed-'));
  try {
    const installed = install(home);
    // The first start of each command keeps what it compiled.
    for (const command of [['--help'], ['show', id], ['run', 'add 1 + 2', '--yes']]) node(installed(...command));
    measure('installed: ', installed, id);
    const modules = join(home, 'here/node_modules');
    bench('start-up', PACKAGES, 10, () => Object.keys(packagesIn(modules)).length);
    bench('start-up', MEGABYTES, 20, () => bytesIn(modules) / 1e6);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const PACKAGES = 'installed: packages, portia included';
const MEGABYTES = 'installed: MB, with what it compiled';
const LINES = [
  '--version',
  '--help',
  'show of a 20 kB run',
  'offline run up to its first step',
  'installed: bare node',
  PACKAGES,
  MEGABYTES,
];

function measure(who, binary, id) {
  const [version, help, show, run] = LINES.map((line) => `${who}${line} / bare node`);
  bench('start-up', version, 1.6, () => leastRatio(binary('--version'), BARE));
  bench('start-up', help, 1.6, () => leastRatio(binary('--help'), BARE));
  bench('start-up', show, 2.5, () => leastRatio(binary('show', id), BARE));
  const offline = binary('run', 'add 1 + 2', '--yes');
  bench('start-up', run, 5, () =>
    Math.min(median(Array.from({ length: 15 }, () => untilFirstStep(offline))), processorRatio(offline, BARE)),
  );
}

/** From the start of the process to the moment its first step began, by its own events, beside a bare Node. */
function untilFirstStep(args) {
  const events = join(folder, 'events.ndjson');
  rmSync(events, { force: true });
  const start = Date.now();
  time([...args, '--events', events]);
  const line = readFileSync(events, 'utf8')
    .split('\n')
    .find((text) => text.includes('"step.started"'));
  return (Date.parse(JSON.parse(line).ts) - start) / time(BARE);
}

/** As npm lists them. */
function packagesIn(modules) {
  return JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
}

function bytesIn(modules) {
  return readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Packs the checkout and installs it in an empty folder. */
function install(home) {
  const npm = (cwd, ...args) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const packed = npm(resolve('.'), 'pack', '--ignore-scripts', '--silent', '--pack-destination', home).trim();
  mkdirSync(join(home, 'here'));
  writeFileSync(join(home, 'here/package.json'), '{}');
  npm(join(home, 'here'), 'install', `../${packed}`, '--prefer-offline', '--no-audit', '--no-fund', '--silent');
  return (...args) => [join(home, 'here/node_modules/portia/bin/portia.js'), ...args];
}
