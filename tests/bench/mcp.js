// What servers of tools cost, beside what the package of the protocol takes for the same in a process of its own.
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { BARE, bench, folder, isWanted, median, portia, time, usage } from './measure.js';
import { writePlan } from './projects.js';

const [LIST, CALL, TWENTY] = [
  'first list of the tools of a server: in portia, its own start aside / by the package alone',
  '1000 calls of a server in one run: what they take more than those of a tool in code / by the package alone',
  'first lists of 20 servers together / one after the other',
];

const PACKAGE = resolve('node_modules/@modelcontextprotocol/client/dist');
const SERVER = resolve('node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const FAKE = resolve('tests/doubles/mcp-server.mjs');

/** The same by the package, with so many calls. */
const alone = (calls) => `
  import { Client } from '${PACKAGE}/index.mjs';
  import { StdioClientTransport } from '${PACKAGE}/stdio.mjs';
  const client = new Client({ name: 'bench', version: '1.0.0' });
  const transport = new StdioClientTransport({ command: process.execPath, args: ['${SERVER}'], stderr: 'ignore' });
  await client.connect(transport);
  await client.listTools();
  for (let call = 0; call < ${calls}; call += 1) await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  process.kill(transport.pid);
  process.exitCode = 0;`;

export function measureServers() {
  if (![LIST, CALL, TWENTY].some((name) => isWanted('mcp', name))) return;
  useServers({ everything: { command: process.execPath, args: [SERVER] } });
  writeFileSync(join(folder, 'list.mjs'), alone(0));
  writeFileSync(join(folder, 'calls.mjs'), alone(1_000));
  const echo = { kind: 'tool', tool_id: 'mcp:everything:echo', args: { message: 'hello' }, output: '$said' };
  const sum = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 2' }, output: '$said' };
  for (const [name, step] of Object.entries({ echo, sum })) {
    writePlan(`${name}.json`, [step]);
    const often = { kind: 'for_each', over: '[1..1000]', as: '$each', steps: [step], output: '$all' };
    writePlan(`${name}-often.json`, [often]);
  }

  const list = portia('tools', 'list');
  const [withServer, without] = [() => timeAnew(list), () => time([...list, '--no-project'])];
  bench('mcp', LIST, 1.2, () => ofPairs([withServer, without], [() => time(['list.mjs']), () => time(BARE)]));
  // By processor time: each step waits for the disk, which has nothing to do with servers.
  const run = (plan) => usage(portia('run-plan', plan, '-q', '--format', 'value')).cpu;
  const often = (name) => run(`${name}-often.json`) - run(`${name}.json`);
  bench('mcp', CALL, 2, () =>
    ofPairs(
      [() => often('echo'), () => often('sum')],
      [() => usage(['calls.mjs']).cpu, () => usage(['list.mjs']).cpu],
      5,
    ),
  );
  bench('mcp', TWENTY, 0.5, () => {
    const some = (count) => () => {
      const slow = { command: process.execPath, args: [FAKE, 'slow-start'] };
      useServers(Object.fromEntries(Array.from({ length: count }, (_, index) => [`slow${index}`, slow])));
      return timeAnew(list);
    };
    return ofPairs([some(20), without], [some(1), without], 3) / 20;
  });
  writeFileSync(join(folder, 'portia.json'), '{}');
}

function useServers(mcpServers) {
  const believed = { enable: Object.keys(mcpServers), believe_annotations: Object.keys(mcpServers) };
  const mcp = { ...believed, effects: { 'mcp:everything:echo': 'read' } };
  writeFileSync(join(folder, 'portia.json'), JSON.stringify({ mcp }));
  writeFileSync(join(folder, '.mcp.json'), JSON.stringify({ mcpServers }));
}

/** With nothing known of any server. */
function timeAnew(args) {
  rmSync(join(folder, '.cache'), { recursive: true, force: true });
  return time(args);
}

/** What two commands differ by, as a part of what two others differ by; measured in turn. */
function ofPairs([more, less], [otherMore, otherLess], runs = 7) {
  const pairs = Array.from({ length: runs }, () => (more() - less()) / (otherMore() - otherLess()));
  return median(pairs);
}
