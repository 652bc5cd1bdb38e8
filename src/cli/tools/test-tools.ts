import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import * as z from 'zod';

import { readDocumentText } from '../../documents/parse-document.js';
import { readTextFile } from '../../documents/read-text-file.js';
import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { MAX_DEPTH, type JsonObject } from '../../domain/values/json.js';
import { json, jsonObject } from '../../domain/values/schema-atoms.js';
import { decideConsent } from '../../tools/consent-rule.js';
import { problemTexts } from '../../tools/argument-problems.js';
import type { ToolRegistry } from '../../tools/registry.js';
import type { Tool, ToolResult } from '../../tools/tool.js';
import { toolTestsView, type ToolTestResult } from '../../ui/tool-tests-view.js';
import { lookFirst, requireNoDenial, runWithinTime } from '../runs/call-tool.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';
import { untilStopped } from '../session/stopping.js';
import { requireTrustForTool } from '../trust/require-trust.js';

/** Where the tests of tools are, and how their files end. */
const FOLDER = 'tools';
const TEST_FILE = /\.test\.(?:ya?ml|json)$/;
const MAX_BYTES = 1024 * 1024;

const caseSchema = z
  .strictObject({
    name: z.string().optional(),
    args: jsonObject.default({}),
    /** What the call gives. */
    result: json.optional(),
    /** A part of the message with which it fails. */
    failure: z.string().optional(),
    /** The arguments that it asks for. */
    asks: z.array(z.string()).optional(),
  })
  .refine(
    ({ result, failure, asks }) => [result, failure, asks].filter((wanted) => wanted !== undefined).length === 1,
    'must have exactly one of result, failure and asks',
  );

const testSchema = z.strictObject({ tool: z.string(), cases: z.array(caseSchema).min(1) });

type Case = z.infer<typeof caseSchema>;
interface TestFile extends z.infer<typeof testSchema> {
  /** From the project's root. */
  file: string;
}

/** Calls tools as their test files say, and compares. Those of the tools that are named, or all. */
export async function testTools(session: Session, ids: readonly string[]): Promise<number> {
  const all = await readTests(session.services.projectRoot);
  const tests = ids.length === 0 ? all : all.filter(({ tool }) => ids.includes(tool));
  refuseNone(ids, tests);
  for (const { tool } of tests) await requireTrustForTool(session, tool);
  const registry = await session.services.tools();
  for (const { tool } of tests) await registry.require(tool).prepare?.();
  const results = await untilStopped(
    session.io,
    (signal) => runTests(session, { tests, registry, signal }),
    (signal) =>
      new PortiaError('interrupted', `${signal} stopped the tests.`, { fix: portia('tools', 'test'), signal }),
  );
  await session.print({ record: results, human: (look) => toolTestsView(results, look) });
  return results.every(({ ok }) => ok) ? EXIT.complete : EXIT.failed;
}

async function readTests(root: string): Promise<TestFile[]> {
  const folder = join(root, FOLDER);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => TEST_FILE.test(name))
    .toSorted();
  return Promise.all(files.map(async (name) => readTest(join(folder, name), relative(root, join(folder, name)))));
}

async function readTest(path: string, file: string): Promise<TestFile> {
  const fix = portia('help', 'tools');
  const read = readTextFile(path, MAX_BYTES);
  if (read.kind !== 'text') {
    const why = read.kind === 'missing' ? 'It is not there any more.' : `It ${read.why}.`;
    throw new PortiaError('unreadable', `${file} cannot be read.`, { why, fix });
  }
  const { value } = await readDocumentText(read.text, { name: file, maxDepth: MAX_DEPTH, ifEmpty: fix });
  const parsed = testSchema.safeParse(value);
  if (parsed.success) return { file, ...parsed.data };
  const why = parsed.error.issues.map((issue) => `/${issue.path.map(String).join('/')} ${issue.message}`).join('\n');
  throw new PortiaError('unreadable', `${file} is not a test of a tool.`, { why, fix });
}

function refuseNone(ids: readonly string[], tests: readonly TestFile[]): void {
  const without = ids.filter((id) => tests.every(({ tool }) => tool !== id));
  if (tests.length > 0 && without.length === 0) return;
  const of = without.length === 0 ? '' : ` of ${without.join(', ')}`;
  throw new PortiaError('not-found', `There are no tests${of}.`, {
    why: `They are files such as ${FOLDER}/NAME.test.yaml.`,
    fix: portia('tools', 'new', 'count_words'),
  });
}

async function runTests(
  session: Session,
  { tests, registry, signal }: { tests: TestFile[]; registry: ToolRegistry; signal: AbortSignal },
): Promise<ToolTestResult[]> {
  const results: ToolTestResult[] = [];
  for (const { file, tool: id, cases } of tests) {
    const tool = registry.require(id);
    for (const [index, each] of cases.entries()) {
      const outcome = await outcomeOf(session, tool, { args: each.args, signal });
      const problem = problemOf(each, outcome);
      const name = each.name ?? `case ${index + 1}`;
      results.push({ file, tool: id, name, ok: problem === undefined, ...(problem !== undefined && { problem }) });
    }
  }
  return results;
}

/** What the call ended with. Arguments that do not fit, and a tool that breaks, are failures. */
async function outcomeOf(
  session: Session,
  tool: Tool,
  { args, signal }: { args: JsonObject; signal: AbortSignal },
): Promise<ToolResult> {
  const parsed = await tool.parseArguments(args);
  if (!parsed.ok) return failed(problemTexts(parsed.problems).join('; '));
  const call = { args: parsed.args, signal };
  const verdict = await requireNoDenial(session, tool, parsed.args);
  try {
    const inspection = await lookFirst(session, tool, call);
    if (decideConsent({ tool, verdict, inspection }) === 'ask') throw notAllowed(tool.id);
    return await runWithinTime(session, tool, { ...call, facts: inspection.facts });
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'tool-failed') return failed(error.message);
    throw error;
  }
}

function failed(message: string): ToolResult {
  return { kind: 'failure', message, retryable: false };
}

function notAllowed(id: string): PortiaError {
  return new PortiaError('approval-needed', `The tests of ${id} call it, and it acts.`, {
    why: 'It did nothing. Its tests may call it only with your consent.',
    fix: portia('tools', 'test', id, '--approve', id),
  });
}

/** How the outcome differs from what the test wants; undefined when it does not. */
function problemOf({ result, failure: message, asks }: Case, outcome: ToolResult): string | undefined {
  switch (outcome.kind) {
    case 'output':
      if (result !== undefined && isDeepStrictEqual(outcome.value, result)) return undefined;
      return `gave ${JSON.stringify(outcome.value)}`;
    case 'failure':
      return message !== undefined && outcome.message.includes(message) ? undefined : `failed: ${outcome.message}`;
    case 'clarifications': {
      const asked = outcome.clarifications.map((question) =>
        'argument_name' in question ? question.argument_name : question.category,
      );
      return isDeepStrictEqual(asked, asks) ? undefined : `asked for ${asked.join(', ')}`;
    }
  }
}
