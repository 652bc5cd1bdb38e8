import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';

import { serveHttp, type HttpServer } from '../support/mcp-http-server.js';
import { makeProject } from '../support/portia.js';

const run = promisify(execFile);

/** What the suite calls: its tools by these names, as plans. */
const PLANS = {
  'plans/test_simple_text.yaml': `
plan_context: { query: Say something, tool_ids: [] }
steps: [{ kind: compute, expression: '"This is a simple text response for testing."', output: $text }]
`,
  'plans/test_error_handling.yaml': `
plan_context: { query: Fail, tool_ids: [] }
steps: [{ kind: exit, message: This plan fails, error: true }]
`,
  'plans/test_tool_with_progress.yaml': `
plan_context: { query: Do two steps, tool_ids: [] }
steps:
  - { kind: compute, expression: "1", output: $a }
  - { kind: compute, expression: "2", output: $b }
`,
  'plans/test_elicitation.yaml': `
plan_context: { query: Ask, tool_ids: [] }
plan_inputs: [{ name: $message, schema: { type: string } }]
steps:
  - { kind: user_input, message: "{{ $message }}", output: $answer }
  - { kind: compute, expression: $answer, output: $end }
`,
};

/** Scenarios of what portia does not offer: contents that no plan gives, prompts, sampling, logs, streams that are taken up again. */
const NOT_OFFERED = [
  'logging-set-level',
  'completion-complete',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-with-logging',
  'tools-call-sampling',
  'json-schema-2020-12',
  'elicitation-sep1034-defaults',
  'elicitation-sep1330-enums',
  'server-sse-polling',
  'resources-read-text',
  'resources-read-binary',
  'resources-templates-read',
  'resources-subscribe',
  'resources-unsubscribe',
  'prompts-list',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
];

/** The suite cannot send a token: this adds it, and changes nothing else. */
async function withToken({ url, token }: HttpServer): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    const asked = request(
      { host: url.hostname, port: url.port, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    asked.on('error', () => outgoing.destroy());
    outgoing.on('close', () => asked.destroy());
    incoming.pipe(asked);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`;
}

/** The suite needs Node 22 or newer. Both come from the registry, into a folder of the test. */
async function installSuite(): Promise<{ node: string; suite: string }> {
  const folder = makeProject({ 'package.json': { private: true } });
  const isNew = Number(process.versions.node.split('.')[0]) >= 22;
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const packages = ['@modelcontextprotocol/conformance@0.1.16', ...(isNew ? [] : [`${nodePackage}@22.23.5`])];
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], { cwd: folder });
  const modules = join(folder, 'node_modules');
  return {
    node: isNew ? process.execPath : join(modules, nodePackage, 'bin/node'),
    suite: join(modules, '@modelcontextprotocol/conformance/dist/index.js'),
  };
}

test('when the conformance suite of the protocol tries the server then all passes that is offered', async () => {
  const { node, suite } = await installSuite();
  const cwd = makeProject(PLANS);
  const url = await withToken(await serveHttp('plans', { cwd }));
  const baseline = join(cwd, 'baseline.yaml');
  writeFileSync(baseline, `server:\n${NOT_OFFERED.map((name) => `  - ${name}\n`).join('')}`);
  const args = [suite, 'server', '--url', url, '--suite', 'all', '--expected-failures', baseline];
  const { stdout } = await run(node, args, { cwd, maxBuffer: 10_000_000 }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
  for (const name of ['server-initialize', 'tools-list', 'tools-call-simple-text', 'tools-call-elicitation'])
    expect(stdout).toContain(`✓ ${name}: `);
  expect(stdout).toMatch(/dns-rebinding-protection: 2 passed, 0 failed/);
});
