// What it costs to send a trace of a run to a collector on this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

import { bench, env, isWanted, portia, usage } from './measure.js';
import { loop, writePlan } from './projects.js';

const NAME = '4,000 calls of a tool: with a trace that a collector takes / without';
const PAIRS = 7;
const CALL = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 1' }, output: '$two' };

const COLLECTOR = `require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

export async function measureTraces() {
  if (!isWanted('trace', NAME)) return;
  const collector = spawn(process.execPath, ['-e', COLLECTOR], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(collector.stdout, 'data');
    writePlan('traced.json', loop(4_000, [CALL]));
    bench('trace', NAME, 1.02, () => leastRatioWith(`http://127.0.0.1:${String(port).trim()}`));
  } finally {
    collector.kill();
  }
}

/** By the clock or by processor time, each the least of all: two percent are far less than what other work changes. */
function leastRatioWith(endpoint) {
  const pairs = Array.from({ length: PAIRS }, () => [cost(endpoint), cost(undefined)]);
  const least = (side, what) => Math.min(...pairs.map((pair) => pair[side][what]));
  const ratioOf = (what) => least(0, what) / least(1, what);
  return Math.min(ratioOf('ms'), ratioOf('cpu'));
}

function cost(endpoint) {
  if (endpoint === undefined) delete env.OTEL_EXPORTER_OTLP_ENDPOINT;
  else env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
  const start = performance.now();
  const { cpu } = usage(portia('run-plan', 'traced.json', '--format', 'value', '-q'));
  return { cpu, ms: performance.now() - start };
}
