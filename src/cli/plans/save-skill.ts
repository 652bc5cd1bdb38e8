import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { reportPlan } from '../../app/report-plan.js';
import { fromCwd } from '../../app/services.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import { skillPage } from '../../ui/skill-page.js';
import { loadPlan } from '../input/references.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';

const FOLDER = 'skills';
/** As the skills of agents are named. */
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const LONGEST_NAME = 64;

/** Writes a plan and the page that tells an agent how to run it. */
export async function saveSkill(
  session: Session<{ name: string | undefined }>,
  [text = '']: readonly string[],
): Promise<number> {
  const { services } = session;
  const { plan } = await loadPlan(session, text);
  const { plans, problems } = await reportPlan(plan, services, services.store);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new PortiaError('invalid-plan', `${text} cannot be run, so no agent could use it.`, {
      why: errors[0]?.message,
      fix: portia('check', text),
    });
  }
  const name = nameOf(session.options.name, { query: plan.plan_context.query, text });
  const folder = join(FOLDER, name);
  refuseOverwriting(session, folder, { name, text });
  const file = join(folder, 'plan.json');
  const page = join(folder, 'SKILL.md');
  mkdirSync(fromCwd(services, folder), { recursive: true });
  writeFileSafely(fromCwd(services, file), `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o644 });
  const content = session.speech.redact(skillPage({ plan, plans, problems, name, file }));
  writeFileSafely(fromCwd(services, page), content, { mode: 0o644 });
  await session.print({
    record: { name, folder, files: [page, file] },
    human: (look) => [page, file].map((path) => `${look.link(path, fromCwd(services, path))}\n`).join(''),
  });
  return EXIT.complete;
}

function nameOf(given: string | undefined, { query, text }: { query: string; text: string }): string {
  const name = given ?? nameFrom(query);
  if (NAME.test(name) && name.length <= LONGEST_NAME) return name;
  throw new PortiaError('usage', `A skill cannot be called ${JSON.stringify(name)}.`, {
    why: `A name has lower-case letters, digits and single dashes, at most ${LONGEST_NAME} characters.`,
    fix: portia('skill', 'save', text, '--name', 'my-skill'),
  });
}

/** The first words of a request. */
function nameFrom(query: string): string {
  const words =
    query
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return words.slice(0, 6).join('-').slice(0, LONGEST_NAME).replace(/-$/, '');
}

function refuseOverwriting(
  { services }: Session,
  folder: string,
  { name, text }: { name: string; text: string },
): void {
  if (!existsSync(fromCwd(services, folder))) return;
  throw new PortiaError('usage', `${folder} is there already.`, {
    why: 'It may have been changed by hand, so it is not written over.',
    fix: portia('skill', 'save', text, '--name', `${name}-2`),
  });
}
