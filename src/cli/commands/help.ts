import { PortiaError } from '../../domain/errors.js';
import { EXIT } from '../session/exit-codes.js';
import { HELP_TOPICS } from '../help/help-topics.js';
import type { Invocation } from '../session/io.js';
import type { AllOptions } from '../session/options.js';
import { ROOT_HELP } from '../help/root-help.js';

/** A page of help; help on a command is the command's own. */
export async function runHelpCommand({ parameters, io, runProgram }: Invocation<AllOptions>): Promise<number> {
  const [topic] = parameters;
  if (topic !== undefined && topic !== 'help') {
    const { COMMANDS } = await import('../help/command-table.js');
    if (COMMANDS.some((entry) => entry.name === topic)) {
      return runProgram([topic, '--help']);
    }
  }
  await io.streams.out.write(await page(topic));
  return EXIT.complete;
}

async function page(topic: string | undefined): Promise<string> {
  if (topic === undefined || topic === 'help') return ROOT_HELP;
  if (topic === 'offline') {
    const { OFFLINE_GRAMMAR_HELP } = await import('../../planner/offline/help.js');
    return OFFLINE_GRAMMAR_HELP;
  }
  const text = Object.hasOwn(HELP_TOPICS, topic) ? HELP_TOPICS[topic] : undefined;
  if (text !== undefined) return text;
  const topics = [...Object.keys(HELP_TOPICS), 'offline'].sort().join(', ');
  throw new PortiaError('usage', `There is no help on ${JSON.stringify(topic)}.`, {
    why: `Topics: ${topics}.`,
    fix: 'portia help',
  });
}
