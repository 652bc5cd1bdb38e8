import { portia } from '../../domain/next-step.js';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { PortiaError } from '../../domain/errors.js';
import { layoutPage, sectionOf } from '../../ui/page-view.js';
import { WIDTH_OF_HELP } from '../help/command-help.js';
import { HELP_TOPICS, TOPICS, type HelpPage } from '../help/help-topics.js';
import { rootHelp } from '../help/root-help.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { writeToScreen } from '../session/screen.js';

/** Help on a command or a page of `docs/`, or both where they have the same name. */
export const command = defineCommand({
  choices: TOPICS,
  examples: [
    ['portia help exit-codes', 'what each exit code means'],
    ['portia help offline', 'requests that work without a model'],
  ],
  flags: {},
  async run({ parameters, io, options, program }) {
    const [topic] = parameters;
    if (topic === undefined || topic === 'help') {
      await io.streams.out.write(rootHelp(program.commands));
      return EXIT.complete;
    }
    const isCommand = Object.hasOwn(program.commands, topic);
    const page = await pageOf(topic);
    if (page === undefined && !isCommand) throw noSuchTopic(topic);
    if (isCommand) await program.run([topic, '--help']);
    if (page !== undefined) await writeToScreen({ io, options }, isCommand ? `\n${page}` : page);
    return EXIT.complete;
  },
});

async function pageOf(topic: string): Promise<string | undefined> {
  if (topic === 'offline') {
    const { OFFLINE_GRAMMAR_HELP } = await import('../../planner/offline/help.js');
    return OFFLINE_GRAMMAR_HELP;
  }
  const page = Object.hasOwn(HELP_TOPICS, topic) ? HELP_TOPICS[topic] : undefined;
  return page === undefined ? undefined : layoutPage(await readPage(page), WIDTH_OF_HELP);
}

/** The pages are in the package. Its own name finds it, also when this runs from the sources. */
async function readPage({ page, section }: HelpPage): Promise<string> {
  const folder = dirname(createRequire(import.meta.url).resolve('portia/package.json'));
  const path = join(folder, 'docs', `${page}.md`);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const wanted = text === undefined || section === undefined ? text : sectionOf(text, section);
  if (wanted !== undefined) return wanted;
  throw new PortiaError('unreadable', `A page of portia's own help cannot be read.`, {
    why: `${path} is missing, cannot be read, or was changed.`,
    fix: 'Install portia again.',
  });
}

function noSuchTopic(topic: string): PortiaError {
  return new PortiaError('usage', `There is no help on ${JSON.stringify(topic)}.`, {
    why: `Topics: ${TOPICS.join(', ')}.`,
    fix: portia('help'),
  });
}
