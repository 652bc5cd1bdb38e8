import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { makeVisit } from '../../e2e/trust-project.js';
import { portia, type Ended } from '../../support/portia.js';

/** What an attack must not find, send or print. */
export const CANARY = 'canary-5d0c7e91';

export interface AttackedProject {
  cwd: string;
  /** The home folder of the user, outside of the project. */
  home: string;
  /** Runs the built binary in the project, without a terminal. */
  run: (args: string[], env?: Record<string, string>) => Promise<Ended>;
  has: (name: string) => boolean;
  /** The text of a file, empty when there is none. */
  text: (name: string) => string;
}

/** A project that the user has only got, and did not look at. */
export function makeCloned(files: Record<string, string | object>): AttackedProject {
  const { cwd, env } = makeVisit(files);
  const has = (name: string) => existsSync(join(cwd, name));
  return {
    cwd,
    home: env.HOME,
    run: (args, more = {}) => portia(args, { cwd, env: { ...env, ...more } }),
    has,
    text: (name) => (has(name) ? readFileSync(join(cwd, name), 'utf8') : ''),
  };
}

/** A project that the user trusts, whatever changes in it: what attacks is not the project, but what it reads. */
export async function makeTrusted(files: Record<string, string | object>): Promise<AttackedProject> {
  const project = makeCloned(files);
  expect(await project.run(['trust', '--folder', '--yes'])).toMatchObject({ code: 0 });
  return project;
}

/** The source of a module of tools that portia loads. */
export const toolModule = (tools: string): string =>
  `import { appendFileSync, readFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
${tools}
`;

export const WITH_MODULES = { tools: { modules: ['./tools/*.mjs'] } };
