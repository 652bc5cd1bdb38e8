import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { digestText } from '../../src/domain/values/digest.js';
import { allBytes, listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { playModel, readRun, story } from '../support/scenario.js';
import { POEM, SDK_DONE, SDK_PAUSED, SDK_PLAN, sdkFiles, sdkProject } from '../support/sdk-folder.js';

interface Report {
  files: { file: string; kind: string; id: string | null; outcome: string; why: string | null }[];
}

function reportOf({ stdout }: Ended): Report['files'] {
  const { files } = JSON.parse(stdout) as Report;
  return files;
}

/** What became of each file, by its name. */
function outcomes(ended: Ended): Record<string, string> {
  return Object.fromEntries(reportOf(ended).map(({ file, outcome }) => [file, outcome]));
}

const importHere = (cwd: string, ...flags: string[]) => portiaHere(['import', '.portia', ...flags], { cwd });

const ALL = [`${SDK_PLAN}.json`, 'ada.json', 'portia:default_user.json', `${SDK_DONE}.json`, `${SDK_PAUSED}.json`];
const each = (outcome: string) => Object.fromEntries(ALL.map((name) => [name, outcome]));

describe('what the Python SDK stored', () => {
  test('when its folder is imported then plans, runs, end users and large values are here under their ids', async () => {
    const cwd = sdkProject();
    const ended = await portiaHere(['import', '.portia'], { cwd });
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Created') as string });
    expect(outcomes(ended)).toEqual(each('added'));
    expect(readdirSync(join(cwd, 'plans'))).toEqual([`${SDK_PLAN}.json`]);
    expect(story(cwd, SDK_DONE)).toEqual(['run.imported']);
    expect(readRun(cwd, SDK_DONE)).toMatchObject({
      state: 'COMPLETE',
      outputs: {
        step_outputs: { $poem: { digest: digestText(JSON.stringify(POEM)), bytes: POEM.length + 2 } },
        final_output: { value: '{"k": 1}', summary: 'A short review' },
      },
    });
    const shown = await portiaHere(['show', SDK_DONE, '--output-of', '$poem'], { cwd });
    expect(shown.stdout.trim()).toBe(POEM.trim());
    const user = join(cwd, 'users', `${digestText('ada')}.json`);
    expect(JSON.parse(readFileSync(user, 'utf8'))).toEqual({
      ...{ external_id: 'ada', name: 'Ada', email: 'ada@example.com', phone_number: null },
      additional_data: { team: 'blue' },
    });
  });

  test('when one file of the folder is given then the fix gives the folder', async () => {
    const cwd = sdkProject();
    for (const flags of [[], ['--dry-run']]) {
      const ended = await portiaHere(['import', `.portia/${SDK_PLAN}.json`, ...flags], { cwd });
      expect(expectError(ended, { code: 'unreadable', exit: 2 }).fix).toBe('portia import .portia');
    }
  });

  test('when a paused run was imported then it is answered and resumed here', async () => {
    const cwd = sdkProject();
    writeFileSync(join(cwd, 'poem.txt'), 'Violets');
    await importHere(cwd);
    const server = await playModel([
      { match: /poem\.txt/, reply: { toolCalls: [{ name: 'file_reader_tool', arguments: { filename: 'poem.txt' } }] } },
      { match: /is not empty/, reply: { text: '{"outcome": "continue", "reason": "It is there."}' } },
      { match: /Review/, reply: { text: 'Blue.' } },
    ]);
    const resumed = await portiaHere(['resume', SDK_PAUSED, '--answer', 'filename=a/poem.txt', '-m', 'openai/gpt-4o'], {
      cwd,
      env: server.environment,
    });
    expect(resumed).toMatchObject({ code: 0 });
    expect(story(cwd, SDK_PAUSED).slice(0, 2)).toEqual(['run.imported', 'clarification.resolved']);
  });

  test('when it is imported again then nothing changes, also where a run was continued', async () => {
    const cwd = sdkProject();
    await importHere(cwd);
    await portiaHere(['answer', SDK_PAUSED, 'filename=a/poem.txt'], { cwd });
    const before = listFolder(cwd);
    const again = await importHere(cwd);
    expect(again.code).toBe(0);
    expect(outcomes(again)).toEqual(each('same'));
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when an import was killed before a run was whole then the next one brings it', async () => {
    const cwd = sdkProject();
    mkdirSync(join(cwd, 'runs', SDK_DONE, 'memory'), { recursive: true });
    writeFileSync(join(cwd, 'runs', SDK_DONE, 'events.ndjson'), '{"v":1,"seq":1,"ty');
    const ended = await importHere(cwd);
    expect(ended.code).toBe(0);
    expect(outcomes(ended)).toEqual(each('added'));
    expect(story(cwd, SDK_DONE)).toEqual(['run.imported']);
  });

  test('when it is only tried then the same is reported and nothing is written', async () => {
    const cwd = sdkProject();
    const before = listFolder(cwd);
    const tried = await importHere(cwd, '--dry-run');
    expect(tried.code).toBe(0);
    expect(outcomes(tried)).toEqual(each('added'));
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when its files were sorted into plans/ and runs/ by hand then they are found there', async () => {
    const sorted = Object.entries(sdkFiles()).map(([name, content]) => {
      const place = /^(plan|prun)-/.exec(name)?.[1];
      return [`old/${place === undefined ? '' : place === 'plan' ? 'plans/' : 'runs/'}${name}`, content];
    });
    const cwd = makeProject(Object.fromEntries(sorted) as Record<string, string | object>);
    const ended = await portiaHere(['import', 'old'], { cwd });
    expect(ended.code).toBe(0);
    expect(reportOf(ended).map(({ outcome }) => outcome)).toEqual(['added', 'added', 'added', 'added', 'added']);
  });

  test('when one of its older workflows is there then it comes as the run that it is', async () => {
    const golden = 'tests/golden/workflow';
    const uuid = '18d9aa91-0066-413f-af32-b979bce89821';
    const cwd = sdkProject({ [`workflow-${uuid}.json`]: readFileSync(`${golden}/workflow-${uuid}.json`, 'utf8') });
    expect(outcomes(await importHere(cwd))).toMatchObject({ [`workflow-${uuid}.json`]: 'added' });
    expect(readRun(cwd, `prun-${uuid}`)).toMatchObject({ id: `prun-${uuid}`, state: 'COMPLETE' });
  });

  test('when a run lies in runs/ as a file already then it is the same, unless it differs', async () => {
    const cwd = sdkProject();
    mkdirSync(join(cwd, 'runs'));
    const text = readFileSync(join(cwd, '.portia', `${SDK_PAUSED}.json`), 'utf8');
    writeFileSync(join(cwd, 'runs', `${SDK_PAUSED}.json`), text);
    await portiaHere(['import', '.portia', '--dry-run'], { cwd });
    mkdirSync(join(cwd, 'plans'));
    renameSync(join(cwd, '.portia', `${SDK_PLAN}.json`), join(cwd, 'plans', `${SDK_PLAN}.json`));
    expect(outcomes(await importHere(cwd))).toMatchObject({ [`${SDK_PAUSED}.json`]: 'same' });
    writeFileSync(join(cwd, 'runs', `${SDK_PAUSED}.json`), text.replace('friendly', 'stern'));
    expect(await importHere(cwd)).toMatchObject({ code: 2 });
  });
});

describe('files that cannot be used', () => {
  const broken: [name: string, changes: Record<string, string | object | null>, refused: string, why: RegExp][] = [
    ['is not JSON', { [`${SDK_PAUSED}.json`]: '{"id": ' }, `${SDK_PAUSED}.json`, /not JSON/],
    ['is empty', { [`${SDK_DONE}.json`]: '' }, `${SDK_DONE}.json`, /empty/],
    ['nests without end', { 'deep.json': '['.repeat(100_000) }, 'deep.json', /cannot be read/],
    ['is not an end user', { 'ada.json': { external_id: 'ada', name: 7 } }, 'ada.json', /name/],
    [
      'holds another id',
      { 'plan-00000000-0000-4000-8000-000000000001.json': sdkFiles()[`${SDK_PLAN}.json`] ?? '' },
      'plan-00000000-0000-4000-8000-000000000001.json',
      /Its "id" is/,
    ],
    [
      'is a run of portia',
      { [`${SDK_PAUSED}.json`]: { id: SDK_PAUSED, plan_id: SDK_PLAN, state: 'COMPLETE', metadata: { last_seq: 4 } } },
      `${SDK_PAUSED}.json`,
      /portia's own/,
    ],
  ];

  test.each(broken)('when one %s then it is refused, and the others come', async (_name, changes, refused, why) => {
    const cwd = sdkProject(changes);
    const ended = await importHere(cwd);
    expect(ended.code).toBe(2);
    const { [refused]: outcome, ...others } = outcomes(ended);
    expect(outcome).toBe('refused');
    expect(new Set(Object.values(others))).toEqual(new Set(['added']));
    expect(reportOf(ended).find(({ file }) => file === refused)?.why).toMatch(why);
  });

  test('when a plan is broken then its runs wait, and come once it is whole', async () => {
    const whole = sdkFiles()[`${SDK_PLAN}.json`] ?? '';
    const cwd = sdkProject({ [`${SDK_PLAN}.json`]: 'x' });
    const first = await importHere(cwd);
    expect(first.code).toBe(2);
    expect(outcomes(first)).toMatchObject({ [`${SDK_DONE}.json`]: 'refused', [`${SDK_PAUSED}.json`]: 'refused' });
    writeFileSync(join(cwd, '.portia', `${SDK_PLAN}.json`), String(whole));
    const second = await importHere(cwd);
    expect(second.code).toBe(0);
    expect(outcomes(second)).toMatchObject({ [`${SDK_PLAN}.json`]: 'added', [`${SDK_PAUSED}.json`]: 'added' });
  });

  test('when there is no plan of a run then only one that is complete comes, to be shown', async () => {
    const ended = await importHere(sdkProject({ [`${SDK_PLAN}.json`]: null }));
    expect(ended.code).toBe(2);
    expect(outcomes(ended)).toMatchObject({ [`${SDK_DONE}.json`]: 'added', [`${SDK_PAUSED}.json`]: 'refused' });
  });

  test('when the large value of an unfinished run is gone then its summary does not stand for it', async () => {
    const text = String(sdkFiles()[`${SDK_DONE}.json`]).replace('COMPLETE', 'IN_PROGRESS');
    const ended = await importHere(sdkProject({ [`${SDK_DONE}.json`]: text, [`${SDK_DONE}/$poem.json`]: null }));
    expect(ended.code).toBe(2);
    expect(reportOf(ended).find(({ id }) => id === SDK_DONE)?.why).toMatch(/The value of \$poem is not here/);
  });

  test.each([
    ['plan', `${SDK_PLAN}.json`, (text: string) => text.replace('Review the poem', 'Praise the poem')],
    ['run', `${SDK_PAUSED}.json`, (text: string) => text.replace('friendly', 'stern')],
    ['end user', 'ada.json', (text: string) => text.replace('Ada', 'Grace')],
  ])('when a %s of the same id is here and differs then it stays as it is', async (_what, name, change) => {
    const cwd = sdkProject();
    await importHere(cwd);
    const file = join(cwd, '.portia', name);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    const before = listFolder(cwd);
    const ended = await importHere(cwd);
    expect(ended.code).toBe(2);
    expect(outcomes(ended)).toMatchObject({ [name]: 'refused' });
    expect(listFolder(cwd)).toEqual(before);
  });
});

describe('hostile folders', () => {
  test('when files or folders are links then none is followed', async () => {
    const cwd = sdkProject({ [`${SDK_DONE}/$poem.json`]: null, 'ada.json': null });
    writeFileSync(join(cwd, 'secret.json'), '{"external_id": "secret", "value": "secret"}');
    symlinkSync(join(cwd, 'secret.json'), join(cwd, '.portia/ada.json'));
    mkdirSync(join(cwd, 'elsewhere'));
    writeFileSync(join(cwd, 'elsewhere/$poem.json'), '{"value": "secret", "summary": ""}');
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, '.portia', SDK_DONE));
    const ended = await importHere(cwd);
    expect(ended.code).toBe(2);
    expect(outcomes(ended)).toMatchObject({
      'ada.json': 'refused',
      [`${SDK_DONE}.json`]: 'refused',
      [SDK_DONE]: 'left-out',
    });
    expect(allBytes(join(cwd, 'runs')) + allBytes(join(cwd, 'users'))).not.toContain('secret');
  });

  test('when names in a run lead out of the folder then they are looked up and never followed', async () => {
    const text = String(sdkFiles()[`${SDK_DONE}.json`])
      .replaceAll('"$poem"', '"../ada"')
      .replace('COMPLETE', 'IN_PROGRESS');
    const ended = await importHere(sdkProject({ [`${SDK_DONE}.json`]: text }));
    expect(outcomes(ended)).toMatchObject({ [`${SDK_DONE}.json`]: 'refused' });
  });

  test('when an end user has a path for an id then the file is named by its digest', async () => {
    const id = '../../.home/owned';
    const cwd = sdkProject({ 'ada.json': { external_id: id } });
    expect(outcomes(await importHere(cwd))).toMatchObject({ 'ada.json': 'added' });
    expect(readdirSync(join(cwd, 'users'))).toContain(`${digestText(id)}.json`);
    expect(readdirSync(join(cwd, '.home'))).toEqual([]);
  });

  test('when a file is huge then it is refused unread', async () => {
    const cwd = sdkProject({ 'huge.json': '{}' });
    truncateSync(join(cwd, '.portia/huge.json'), 100_000_000_000);
    const ended = await importHere(cwd);
    expect(outcomes(ended)).toMatchObject({ ...each('added'), 'huge.json': 'refused' });
    expect(reportOf(ended).find(({ file }) => file === 'huge.json')?.why).toMatch(/too large/);
  });

  test('when other files lie there then they are left out by name, and that is no failure', async () => {
    const ended = await importHere(sdkProject({ 'notes.txt': 'mine', 'other.json': { a: 1 }, 'cache/x.json': {} }));
    expect(ended.code).toBe(0);
    expect(outcomes(ended)).toEqual({
      ...each('added'),
      ...{ 'notes.txt': 'left-out', 'other.json': 'left-out', 'cache/': 'left-out' },
    });
  });
});

describe('what is given', () => {
  test('when the folder above is meant then the error names the one in it', async () => {
    const { fix } = expectError(await portiaHere(['import', '.'], { cwd: sdkProject() }), {
      code: 'not-found',
      exit: 2,
    });
    expect(fix).toBe('portia import .portia');
  });

  test.each([
    ['nothing', 'absent', 'not-found'],
    ['another file', 'file.txt', 'unreadable'],
    ['an empty folder', 'empty', 'not-found'],
  ])('when there is %s then the error says what is wanted', async (_what, name, code) => {
    const cwd = makeProject({ 'file.txt': 'x' });
    mkdirSync(join(cwd, 'empty'));
    expectError(await portiaHere(['import', name], { cwd }), { code, exit: 2 });
  });

  test('when a person reads the report then it has counts, a table and what was refused', async () => {
    const cwd = sdkProject({ [`${SDK_PAUSED}.json`]: 'x', 'notes.txt': 'mine' });
    const { stdout } = await importHere(cwd, '--format', 'human');
    expect(stdout).toMatch(/^\.portia: 1 plan, 1 run and 2 end users added\n/);
    expect(stdout).toMatch(new RegExp(`^added +run +${SDK_DONE} +COMPLETE$`, 'm'));
    expect(stdout).toMatch(/\nRefused\n {2}prun-bb228a63.*\.json: The file cannot be read\. It is\n {2}not JSON\./);
    expect(stdout).toMatch(/\nLeft out\n {2}notes\.txt: It is not a JSON file\.\n/);
  });
});
