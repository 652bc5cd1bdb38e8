// Measures the built binary as ratios within one run: machines differ, ratios hardly do.
// npm run bench [-- name …]: start-up, steps, trace, lists, library, hosts, mcp, model-calls, replay, serve, report, large and postgres (minutes; only by name), or a part of a line.
// npm run bench -- peers [part of a line …]: the same jobs in other programs, which are installed for it.
import { measureHosts } from './hosts.js';
import { measureLarge } from './large.js';
import { measureLibrary } from './library.js';
import { measureLists } from './lists.js';
import { finish } from './measure.js';
import { measureServers } from './mcp.js';
import { measureModelCalls } from './model-calls.js';
import { measurePeers } from './peers/peers.js';
import { measurePostgres } from './postgres.js';
import { measureReplay } from './replay.js';
import { measureReport } from './report.js';
import { measureServe } from './serve.js';
import { measureStartUp } from './start-up.js';
import { measureSteps } from './steps.js';
import { measureTraces } from './traces.js';

// Whoever interrupts it wants what it started and its folder to go, too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const [first, ...words] = process.argv.slice(2);
try {
  if (first === 'peers') await measurePeers(words);
  else await measureAll();
} finally {
  finish();
}

async function measureAll() {
  measureStartUp();
  measureSteps();
  await measureTraces();
  measureLists();
  measureLibrary();
  measureHosts();
  measureServers();
  measureModelCalls();
  measureReplay();
  await measureServe();
  await measureReport();
  measureLarge();
  await measurePostgres();
}
