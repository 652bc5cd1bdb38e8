import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join, normalize } from 'node:path';

import { fromCwd } from '../../app/services.js';
import { PortiaError } from '../../domain/errors.js';
import { prepareGiven } from '../../server/prepare-given.js';
import { OWN_TOOLS } from '../../server/mcp/own-tools.js';
import type { ServedPlan } from '../../server/mcp/serving.js';
import { loadPlan } from '../input/references.js';
import type { Session } from '../session/session.js';
import type { ServeOptions } from './serve-flags.js';

const ENDINGS = ['.json', '.yaml', '.yml'];

/** The plans of `--plan`, each under the name of its file. Rejects for one that cannot be run here. */
export async function servedPlans(session: Session<ServeOptions>): Promise<ServedPlan[]> {
  const files = new Set((session.options.plan ?? []).flatMap((given) => filesOf(session, given)).map(normalize));
  const plans: ServedPlan[] = [];
  const taken = new Map(OWN_TOOLS.map((name) => [name, 'portia itself']));
  for (const file of files) {
    const name = toolName(file);
    const other = taken.get(name);
    if (other !== undefined) throw sameName(file, name, other);
    taken.set(name, file);
    const found = await loadPlan(session, file);
    // What is wrong with it is said now, and not to the first client.
    await prepareGiven(found, { services: session.services, endUser: session.options.endUser });
    plans.push({ name, found });
  }
  return plans;
}

function filesOf(session: Session, given: string): string[] {
  if (given === '-') {
    throw new PortiaError('usage', '--plan - is not possible here.', {
      why: 'Standard input is for the agent, and a plan is a tool under the name of its file.',
      fix: '--plan FILE',
    });
  }
  const found = statSync(fromCwd(session.services, given), { throwIfNoEntry: false });
  if (found === undefined && ENDINGS.includes(extname(given))) {
    throw new PortiaError('not-found', `There is no file ${given}.`, { fix: 'Check the name.' });
  }
  if (found?.isDirectory() !== true) return [given];
  const names = readdirSync(fromCwd(session.services, given), { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && ENDINGS.includes(extname(entry.name)))
    .map(({ name }) => name);
  if (names.length === 0) {
    throw new PortiaError('not-found', `There is no plan in the folder ${given}.`, {
      why: `Plans are files that end in ${ENDINGS.join(', ')}.`,
      fix: '--plan FILE',
    });
  }
  return names.toSorted().map((name) => join(given, name));
}

/** Clients take letters, digits, _ and -. */
function toolName(file: string): string {
  const name = basename(file, extname(file))
    .replaceAll(/[^\w-]+/g, '_')
    .slice(0, 64);
  return name === '' ? 'plan_file' : name;
}

function sameName(file: string, name: string, other: string): PortiaError {
  return new PortiaError('usage', `${file} would be the tool ${name}, but this name is taken by ${other}.`, {
    why: 'A plan is a tool under the name of its file.',
    fix: 'Give the file another name.',
  });
}
