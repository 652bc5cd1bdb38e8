import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { planSchema } from '../../src/domain/plan/plan-schema.js';
import { COMMAND_FILES } from '../support/command-files.js';
import {
  ADD_PLAN_ID,
  addTests,
  completeRun,
  exportedRun,
  failedRun,
  makeExampleProject,
  makeRefiner,
  pausedRun,
  queuedRun,
  reachableRun,
  scheduledPlan,
  useReply,
} from '../support/example-project.js';
import { runWithPrompt, useListingServer } from '../support/help-projects.js';
import { addWorkflow, WORKFLOW } from '../support/workflow.js';
import { addedNotesServer, notesServer } from '../support/notes-server.js';
import { portiaHere } from '../support/portia-here.js';
import type { Ended } from '../support/portia.js';
import { writeUsers } from '../support/served-users.js';
import { addAgentPlan, addSdkFolder, importedRun } from '../support/sdk-folder.js';
import { typeLine } from '../support/type-line.js';

/** What each example of the help promises, in a project made for it. */
interface Promised {
  prepare?: (cwd: string) => Promise<unknown>;
  env?: Record<string, string>;
  holds(result: Ended, cwd: string): void;
}

const ok = (result: Ended) => expect(result).toMatchObject({ code: 0 });
const prints = (text: string) => (result: Ended) => expect(result).toMatchObject({ code: 0, stdout: text });
const shows = (pattern: RegExp) => (result: Ended) => expect(result.stdout).toMatch(pattern);
const printsJson = (value: unknown) => (result: Ended) => {
  ok(result);
  expect(JSON.parse(result.stdout)).toMatchObject(value as object);
};
const listsAsking = printsJson([{ state: 'NEED_CLARIFICATION' }]);
const writes = (file: string, pattern: RegExp) => (result: Ended, cwd: string) => {
  prints('')(result);
  expect(readFileSync(join(cwd, file), 'utf8')).toMatch(pattern);
};
const ofRun = (holds: Promised['holds']): Promised => ({ prepare: completeRun, holds });
const passes = (...names: string[]) => printsJson(names.map((name) => ({ name, outcome: 'passed' })));
const isSame = ofRun(printsJson({ same: true }));
const PAGE = /^<!doctype html>[^]*<\/html>\n$/;
const isPlan = printsJson({ steps: [{ tool_id: 'calculator_tool' }] });
const ends = (value: unknown) => printsJson({ state: 'COMPLETE', outputs: { final_output: { value } } });

const changesSum = (sum: string) =>
  printsJson({ derived_from: expect.any(String), steps: [{ args: { math_question: sum } }] });
const isRefined = printsJson({ derived_from: expect.any(String), steps: [{}, { output: '$more' }] });
const ofAda = (value: unknown): Promised => ({
  prepare: (cwd) => writeUsers(cwd, { ada: ['look'] }),
  holds: printsJson(value),
});
const trustedFolder = (cwd: string) => portiaHere(['trust', '--folder', '--yes'], { cwd });

const PROMISES: Record<string, Promised> = {
  'portia plan "add 1 + 2"': { holds: isPlan },
  'portia plan "add 1 + 2" > plan.json': {
    holds: (_result, cwd) =>
      expect(planSchema.parse(JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8'))).steps).toHaveLength(1),
  },
  'portia plan "add 1 + 2" --cached': { holds: isPlan },
  'portia plan "read notes.md" --planner offline': { holds: printsJson({ metadata: { planner: 'offline' } }) },
  'portia run @request.txt -i customer=Ada --yes': {
    prepare: async (cwd) => {
      writeFileSync(join(cwd, 'request.txt'), 'How many orders has {customer}?\n');
      useReply(cwd, { steps: [{ kind: 'compute', expression: '1 + 2', output: '$orders' }], error: null });
    },
    holds: ends(3),
  },
  'portia run "add 1 + 2" --yes': { holds: ends(3) },
  'portia init': { holds: printsJson({ next: expect.arrayContaining(['portia run-plan first-plan.yaml']) }) },
  'portia init -C .': { holds: printsJson({ files: expect.anything() }) },
  'portia run-plan plan.json --queue': { holds: printsJson({ state: 'NOT_STARTED', queue: { priority: 0 } }) },
  'portia run-plan plan.json --every "0 9 * * 1-5" --zone Europe/Berlin': {
    holds: printsJson({ cron: '0 9 * * 1-5', zone: 'Europe/Berlin', missed: 'skip', next_at: expect.any(String) }),
  },
  'portia queue': { holds: printsJson([]) },
  'portia queue schedules': { prepare: scheduledPlan, holds: printsJson([{ cron: '@daily', zone: 'UTC' }]) },
  'portia queue missed last run': { prepare: scheduledPlan, holds: printsJson({ decision: 'run', times: [] }) },
  'portia queue unschedule last': { prepare: scheduledPlan, holds: printsJson({ removed: true }) },
  'portia queue --limit 0 --json': {
    prepare: queuedRun,
    holds: printsJson([{ standing: 'waits', next: 'portia worker' }]),
  },
  'portia run-plan plan.json --at "in 2h"': {
    holds: printsJson({ state: 'NOT_STARTED', queue: { wake_at: expect.any(String) } }),
  },
  'portia queue accept-changed send_tool': { holds: printsJson({ tool: 'send_tool', accepted: [] }) },
  'portia queue pause --label billing': { holds: printsJson({ pauses: [{ label: 'billing' }] }) },
  'portia queue continue --label billing': { holds: printsJson({ pauses: [] }) },
  'portia notify': { holds: printsJson({ targets: [], unsent: [] }) },
  'portia notify test team': {
    prepare: async (cwd) => writeFileSync(join(cwd, 'portia.json'), '{"notify": {"team": {"to": "exec:true"}}}'),
    holds: printsJson({ target: 'team', sent: true }),
  },
  'portia worker --until-idle': { holds: prints('') },
  'portia worker --tools "*sql*" --until-idle': { holds: prints('') },
  'portia worker --jobs 8 --label nightly --until-idle': { holds: prints('') },
  'portia signal payment --key 1042 --data \'{"amount": 12}\'': {
    holds: printsJson({ event: 'payment', key: '1042', waiting: [] }),
  },
  'portia resume --due': { holds: prints('') },
  'portia signal released': { holds: printsJson({ event: 'released', key: '', waiting: [] }) },
  'portia wait last --timeout 10m': ofRun(ends(3)),
  'portia store init': { holds: printsJson({ store: 'file:' }) },
  'portia store copy file: file:copy': { holds: printsJson({ counts: { plan: {} }, left_out: [] }) },
  'portia store prune --older 90d': { holds: printsJson({ removed: false, runs: [] }) },
  'portia store status': { holds: printsJson({ store: 'file:', runs: expect.any(Number) }) },
  'portia models': {
    holds: printsJson({ roles: [{ role: 'planning' }, {}, {}, {}], providers: expect.any(Array) }),
  },
  'portia models openai --online': { prepare: useListingServer, holds: printsJson([{ model: 'openai/m' }]) },
  'portia models --online --format ndjson': {
    prepare: useListingServer,
    holds: ({ code, stdout }) =>
      expect({ code, row: JSON.parse(stdout) as unknown }).toMatchObject({ code: 0, row: { model: 'openai/m' } }),
  },
  'portia config list': {
    holds: ({ code, stdout }) =>
      expect({ code, planner: stdout.includes('"planner"') }).toEqual({ code: 0, planner: true }),
  },
  'portia config set planner offline': { holds: printsJson({ file: expect.stringMatching(/config\.json$/) }) },
  'portia config set --local tools.disable weather_tool search_tool': {
    holds: printsJson({ file: expect.stringMatching(/portia\.json$/) }),
  },
  'portia config get planner': {
    prepare: (cwd) => portiaHere(['config', 'set', 'planner', 'offline'], { cwd }),
    holds: prints('offline\n'),
  },
  'portia config unset planner': {
    prepare: (cwd) => portiaHere(['config', 'set', 'planner', 'offline'], { cwd }),
    holds: printsJson({ file: expect.anything() }),
  },
  'portia completion bash': {
    holds: ({ code, stdout }) => expect([code, stdout]).toEqual([0, expect.stringMatching(/complete -o default/)]),
  },
  'portia completion words -- run-p': { holds: prints('run-plan\trun a saved plan\n') },
  "portia demo --answer '$bill:=84' --answer '$people:=3'": { holds: printsJson({ state: 'COMPLETE' }) },
  'portia check city.json --stub weather_tool=sunny': { holds: printsJson({ problems: [] }) },
  "portia eval '$sum($amounts)' -i amounts:='[1, 2.5]'": { holds: prints('3.5\n') },
  'portia run "add 1 + 2" --yes --format value': { holds: prints('3\n') },
  'portia run "read notes.md then write it to copy.md" --yes': { holds: printsJson({ state: 'COMPLETE' }) },
  'portia run-plan last': { prepare: (cwd) => portiaHere(['plan', 'add 1 + 2'], { cwd }), holds: ends(3) },
  'portia run-plan plan.json': { holds: ends(3) },
  'portia run-plan process.yaml': { holds: ends(6) },
  'portia plan "add 1 + 2" | portia run-plan - --format value': { holds: prints('3\n') },
  'portia run-plan city.json -i city=London --stub weather_tool=sunny': { holds: ends('sunny') },
  'portia run-plan city.json --batch cities.ndjson --format junit': {
    holds: (result) => expect(result.stdout).toContain('<testsuite name="portia run-plan" tests="2"'),
  },
  'portia run-plan city.json --batch cities.ndjson --stub weather_tool=sunny': {
    holds: (result) => {
      ok(result);
      const lines = result.stdout.trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
        { line: 1, state: 'COMPLETE', final_output: { value: 'sunny' } },
        { line: 2, state: 'COMPLETE', final_output: { value: 'sunny' } },
      ]);
    },
  },
  'portia resume last --answer filename=demo_runs/weather.txt': {
    prepare: pausedRun,
    holds: ends('Sunny, 21 degrees\n'),
  },
  'portia resume': {
    prepare: pausedRun,
    holds: ({ code, stderr }) =>
      expect({ code, stderr }).toMatchObject({ code: 8, stderr: expect.stringContaining('Resuming prun-') }),
  },
  'portia resume last': ofRun(ends(3)),
  'portia resume last --done 0:=5': { prepare: failedRun, holds: ends(5) },
  'portia show last': ofRun(ends(3)),
  'portia show plan.json': { holds: isPlan },
  'portia show last --as tree': ofRun(shows(/^ 1 ✔ calculator_tool/m)),
  'portia show plan.json --as mermaid': { holds: shows(/^flowchart TD\n/) },
  'portia show last --as timeline': ofRun(shows(/^✔ 1 .* ■+ +\d/m)),
  "portia show last --output-of '$result'": ofRun(prints('3\n')),
  'portia show last --trace': ofRun(printsJson([{ kind: 'tool', name: 'calculator_tool' }])),
  'portia show last --follow': ofRun(shows(/^ 1 ✔ calculator_tool .*\n3$/m)),
  'portia show last --step 3 --prompts': {
    prepare: runWithPrompt,
    holds: printsJson([{ path: '3', request: { messages: [{}, { text: expect.stringContaining('Task: Greet.') }] } }]),
  },
  'portia show last --step 0': ofRun(printsJson([{ path: '0', status: 'completed' }])),
  'portia list': ofRun(printsJson([{ state: 'COMPLETE' }])),
  'portia list plans --limit 5': ofRun(printsJson([{ query: 'add 1 + 2' }])),
  'portia list runs --state NEED_CLARIFICATION --json': { prepare: pausedRun, holds: listsAsking },
  'portia estimate plan.json': { holds: printsJson({ model_calls: { least: 0, most: 0 } }) },
  'portia estimate city.json -i city=London --json': { holds: printsJson({ models: [] }) },
  'portia check plan.json': { holds: printsJson({ problems: [] }) },
  'portia check plan.json city.json --format sarif -o portia.sarif': { holds: prints('') },
  'portia ci github plan.json': { prepare: async (cwd) => addWorkflow(cwd), env: WORKFLOW, holds: prints('') },
  'portia list --format junit': {
    prepare: completeRun,
    holds: (result) => expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('tests="1"') }),
  },
  'portia edit last': {
    prepare: (cwd) => portiaHere(['plan', 'add 1 + 2'], { cwd }),
    env: { EDITOR: "sed -i.bak 's/1 + 2/1 + 4/'" },
    holds: changesSum('1 + 4'),
  },
  [`EDITOR="sed -i.bak 's/1 + 2/1 + 5/'" portia edit plan.json`]: { holds: changesSum('1 + 5') },
  'portia refine last "only in the afternoon"': {
    prepare: (cwd) => portiaHere(['plan', 'add 1 + 2'], { cwd }).then(() => makeRefiner(cwd)),
    holds: isRefined,
  },
  'echo "shorter" | portia refine plan.json > shorter.json': {
    prepare: async (cwd) => makeRefiner(cwd),
    holds: (result, cwd) => isRefined({ ...result, stdout: readFileSync(join(cwd, 'shorter.json'), 'utf8') }),
  },
  'portia like last': {
    prepare: (cwd) => portiaHere(['plan', 'add 1 + 2'], { cwd }),
    holds: printsJson({ liked: true, changed: true }),
  },
  'portia like plan.json': { holds: printsJson({ plan_id: ADD_PLAN_ID, liked: true, changed: true }) },
  'portia unlike last': {
    prepare: (cwd) => portiaHere(['like', 'plan.json'], { cwd }),
    holds: printsJson({ plan_id: ADD_PLAN_ID, liked: false, changed: true }),
  },
  'portia comment plan.json 1 "Is it right?"': { holds: printsJson({ plan_id: ADD_PLAN_ID, text: 'Is it right?' }) },
  'portia comment plan.json': { holds: printsJson({ plan_id: ADD_PLAN_ID, comments: [] }) },
  'portia replay last': isSame,
  'portia replay runs/': isSame,
  'portia replay last --plan plan.json': isSame,
  'portia test': { prepare: addTests, holds: passes('small sum', 'sum again') },
  'portia test tests/orders.test.yaml --filter small': { prepare: addTests, holds: passes('small sum') },
  'portia test --bail --junit report.xml': { prepare: addTests, holds: passes('small sum', 'sum again') },
  'portia diff plan.json city.json': {
    holds: printsJson({
      changes: expect.arrayContaining([expect.objectContaining({ change: 'added', part: 'step' })]),
    }),
  },
  'portia diff last plan.json --exit-code': {
    prepare: (cwd) => portiaHere(['plan', 'add 2 + 2'], { cwd }),
    holds: (result) => expect(result).toMatchObject({ code: 1 }),
  },
  "portia eval '$result * 2' --run last": ofRun(prints('6\n')),
  "portia eval '$exists($result)' --run last --until 0": ofRun(prints('false\n')),
  "portia eval '$sum([1..10])'": { holds: prints('55\n') },
  'portia answer last filename=demo_runs/weather.txt': {
    prepare: pausedRun,
    holds: printsJson({ state: 'READY_TO_RESUME' }),
  },
  'portia cancel last --yes': {
    prepare: pausedRun,
    holds: printsJson({ state: 'FAILED', error: { code: 'declined' } }),
  },
  'portia verify last': ofRun(printsJson({ holds: true, first_bad: null })),
  'portia verify --key': { holds: printsJson({ key: expect.stringMatching(/^ed25519:/) }) },
  'portia export last --for python-sdk': {
    prepare: async (cwd) => importedRun(cwd),
    holds: printsJson({ plan_run_inputs: expect.anything(), outputs: expect.anything() }),
  },
  'portia export agent.json --for python-sdk -o sdk.json': {
    prepare: async (cwd) => addAgentPlan(cwd),
    holds: (result, cwd) => {
      prints('')(result);
      expect(JSON.parse(readFileSync(join(cwd, 'sdk.json'), 'utf8'))).toMatchObject({ steps: [{ condition: null }] });
    },
  },
  'portia export last -o run.ndjson': ofRun(writes('run.ndjson', /"export.finished".*\n$/)),
  'portia export last --redact -o report.ndjson': ofRun(writes('report.ndjson', /"redacted":true/)),
  'portia list --format csv -o runs.csv': { holds: writes('runs.csv', /^id,plan_id,query,state,/) },
  'portia show last --as json --redact': ofRun(shows(/\[redacted: number\]/)),
  'portia skill save plan.json --name add-numbers': { holds: printsJson({ folder: 'skills/add-numbers' }) },
  'portia export last --as recording -o orders.ndjson': ofRun(writes('orders.ndjson', /^{"recording":1,/)),
  'portia export last --as otlp -o trace.json': ofRun(writes('trace.json', /"resourceSpans"/)),
  'portia report last -o report.html': ofRun(writes('report.html', PAGE)),
  'portia report plan.json -o plan.html': { holds: writes('plan.html', PAGE) },
  'portia report plan.json city.json -o diff.html': { holds: writes('diff.html', PAGE) },
  'portia import run.ndjson': { prepare: exportedRun, holds: ends(3) },
  'portia import .portia': {
    prepare: async (cwd) => addSdkFolder(cwd),
    holds: printsJson({
      dry_run: false,
      files: expect.arrayContaining([expect.objectContaining({ outcome: 'added' })]),
    }),
  },
  'portia import .portia --dry-run': {
    prepare: async (cwd) => addSdkFolder(cwd),
    holds: printsJson({ dry_run: true }),
  },
  'portia rm last --yes': ofRun(printsJson({ removed: [expect.stringMatching(/^prun-/)] })),
  'portia tools list': {
    holds: printsJson(expect.arrayContaining([expect.objectContaining({ id: 'calculator_tool' })])),
  },
  'portia tools list --tool "*sql*"': {
    holds: printsJson(['check_sql', 'run_sql', 'write_sql'].map((id): unknown => expect.objectContaining({ id }))),
  },
  'portia tools describe calculator_tool': {
    holds: printsJson({ id: 'calculator_tool', input_schema: { type: 'object' } }),
  },
  'portia tools call calculator_tool math_question="2 + 2"': { holds: prints('4\n') },
  'portia tools new count_words --language python': {
    holds: printsJson({ tool: 'count_words', files: ['tools/count_words.py', 'tools/count_words.test.yaml'] }),
  },
  'portia tools test': {
    prepare: async (cwd) => portiaHere(['tools', 'new', 'count_words', '--language', 'sh'], { cwd }),
    holds: printsJson(Array.from({ length: 3 }, () => expect.objectContaining({ tool: 'count_words', ok: true }))),
  },
  'portia tools import openapi pets.yaml --only "get*"': {
    holds: printsJson({ tools: [{ id: 'getPet', state: 'added' }] }),
  },
  'portia mcp add notes -- node notes.mjs': { prepare: notesServer, holds: printsJson({ server: 'notes' }) },
  'portia mcp list': { holds: printsJson([]) },
  'portia mcp show notes': { prepare: addedNotesServer, holds: printsJson({ name: 'notes', enabled: true }) },
  'portia mcp remove notes': { prepare: addedNotesServer, holds: prints('') },
  'portia mcp test notes': { prepare: addedNotesServer, holds: printsJson({ server: 'notes' }) },
  'portia link last --for Ada --expires 2h': {
    prepare: reachableRun,
    holds: printsJson({ for: 'Ada', url: expect.stringMatching(/^https:\/\/portia\.example\/link\//) }),
  },
  'portia list questions': { holds: printsJson([]) },
  'portia serve --check': { holds: printsJson({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//) }) },
  'portia users add ada --role answer --users users.json': {
    holds: (result) => expect([result.code, result.stderr]).toEqual([2, expect.stringContaining('--password-file -')]),
  },
  'portia users list --users users.json': ofAda([{ name: 'ada', roles: ['look'], has_password: true }]),
  'portia users change ada --second-factor --users users.json': ofAda({ name: 'ada', has_second_factor: true }),
  'portia users remove ada --users users.json': ofAda({ removed: 'ada' }),
  'portia mcp serve': { holds: prints('') },
  'portia mcp serve --plan city.json': { holds: prints('') },
  'portia schema plan > plan.schema.json': { holds: writes('plan.schema.json', /"\$id": "urn:portia:plan:1"/) },
  'portia schema event': { holds: printsJson({ title: 'portia event' }) },
  'portia trust --content --yes': { holds: printsJson({ trusted: 'content', items: [], changes: [] }) },
  'portia trust --folder --yes': { holds: printsJson({ trusted: 'folder' }) },
  'portia trust --owner 1000': { holds: printsJson({ owner: 1_000 }) },
  'portia trust --list': { prepare: trustedFolder, holds: printsJson([{ mode: 'folder' }]) },
  'portia trust --signers': { holds: printsJson([]) },
  'portia trust --allowed': { holds: printsJson([]) },
  'portia trust --revoke': { prepare: trustedFolder, holds: printsJson({ trusted: null, was_trusted: true }) },
  'portia doctor': { holds: printsJson({ checks: expect.any(Array) }) },
  'portia help exit-codes': { holds: (result) => expect(result.stdout).toContain('COMPLETE') },
  'portia help offline': { holds: ok },
};

describe('the examples of the help', () => {
  const examples = [...COMMAND_FILES.values()].flatMap(({ file }) => file.examples.map(([line]) => line));

  test('when one is added then this test says what it promises', () => {
    expect(Object.keys(PROMISES).sort()).toEqual([...examples].sort());
  });

  test.each(examples)('when %s is typed then it does what it promises', async (line) => {
    const cwd = makeExampleProject();
    await PROMISES[line]?.prepare?.(cwd);
    PROMISES[line]?.holds(await typeLine(line, { cwd, env: PROMISES[line]?.env ?? {} }), cwd);
  });
});
