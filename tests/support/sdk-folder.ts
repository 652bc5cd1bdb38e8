import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { portiaHere } from './portia-here.js';
import { makeProject } from './portia.js';

const GOLDEN = join(import.meta.dirname, '../golden/reference-0.9.0');

export const SDK_PLAN = 'plan-8ff9b4f4-6e07-4e59-bb8a-9dcbbca1836b';
/** Complete, with a large value beside it. */
export const SDK_DONE = 'prun-8aade85a-dbf1-455d-b63a-225ed780ce9b';
/** Waits for an answer. */
export const SDK_PAUSED = 'prun-bb228a63-1c0e-48bb-89fe-42fceb098972';

/** The text of the poem, as it is kept beside the run that read it. */
export const POEM = 'Roses are red. '.repeat(1_000);

/** What the Python SDK 0.9.0 leaves in `.portia`: one plan, two runs, a large value, an end user. */
export function sdkFiles(): Record<string, string | object> {
  const golden = Object.fromEntries(
    readdirSync(GOLDEN).map((name) => [name, readFileSync(join(GOLDEN, name), 'utf8')]),
  );
  return {
    ...golden,
    [`${SDK_DONE}/$poem.json`]: { value: POEM, summary: '' },
    'portia:default_user.json': {
      external_id: 'portia:default_user',
      name: '',
      email: '',
      phone_number: '',
      additional_data: {},
    },
    'ada.json': {
      external_id: 'ada',
      name: 'Ada',
      email: 'ada@example.com',
      phone_number: '',
      additional_data: { team: 'blue' },
    },
  };
}

/** Puts that folder into a project. */
export function addSdkFolder(cwd: string): void {
  for (const [name, content] of Object.entries(sdkFiles())) {
    mkdirSync(dirname(join(cwd, '.portia', name)), { recursive: true });
    writeFileSync(join(cwd, '.portia', name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Puts a plan into a project that the Python SDK can have. */
export function addAgentPlan(cwd: string): void {
  const steps = [{ task: 'Greet', tool_id: 'llm_tool', output: '$greeting' }];
  writeFileSync(join(cwd, 'agent.json'), JSON.stringify({ plan_context: { query: 'greet' }, steps }));
}

/** Imports that folder into a project. */
export async function importedRun(cwd: string): Promise<void> {
  addSdkFolder(cwd);
  await portiaHere(['import', '.portia'], { cwd });
}

/** A project with that folder; files in it can be replaced, and with null removed. */
export function sdkProject(changes: Record<string, string | object | null> = {}): string {
  const files = Object.entries({ ...sdkFiles(), ...changes });
  return makeProject(
    Object.fromEntries(files.flatMap(([name, content]) => (content === null ? [] : [[`.portia/${name}`, content]]))),
  );
}
