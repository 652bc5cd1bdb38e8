import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { oneLine } from '../../domain/values/printable.js';
import { candidatesFor } from '../completion/candidates.js';
import { COMPLETION_SCRIPTS } from '../completion/scripts.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand, type Invocation } from '../session/command.js';
import { createSession } from '../session/session.js';

/** What the scripts call: the words that can come next, one per line. */
const ASKED_BY_SCRIPTS = 'words';

/** Prints a shell's script for completion, or what that script asks for. */
export const command = defineCommand({
  choices: Object.keys(COMPLETION_SCRIPTS),
  about:
    'Completes commands, flags, ids of plans and runs, tools, and the inputs of a plan. The first lines of each script ' +
    'say where it goes.',
  examples: [
    ['portia completion bash', 'to ~/.local/share/bash-completion/completions/portia'],
    ['portia completion words -- run-p', 'what a script asks for, and gets: run-plan'],
  ],
  flags: {},
  async run(invocation) {
    const [shell = '', ...words] = invocation.parameters;
    if (shell === ASKED_BY_SCRIPTS) return printCandidates(invocation, words);
    const { out } = invocation.io.streams;
    if (!isShell(shell)) {
      const shells = Object.keys(COMPLETION_SCRIPTS);
      throw new PortiaError('usage', `There is no completion for ${JSON.stringify(shell)}.`, {
        why: `There is one for ${shells.join(', ')}.`,
        fix: portia('completion', nearestName(shell, shells) ?? 'bash'),
      });
    }
    await out.write(COMPLETION_SCRIPTS[shell]);
    return EXIT.complete;
  },
});

function isShell(word: string): word is keyof typeof COMPLETION_SCRIPTS {
  return Object.hasOwn(COMPLETION_SCRIPTS, word);
}

async function printCandidates(invocation: Invocation, words: string[]): Promise<number> {
  const { io, program } = invocation;
  const { knownWords } = await import('../completion/known-words.js');
  const options = { ...invocation.options, quiet: true, dir: folderOf(words) };
  const open = () => createSession({ ...invocation, options });
  const found = await candidatesFor(words, program.commands, knownWords(open, program.commands));
  const lines = found.map(({ word, about }) => `${[word, about ?? ''].map(oneLine).join('\t').trimEnd()}\n`);
  await io.streams.out.write(lines.join(''));
  return EXIT.complete;
}

/** The folder that the line names, of which the ids are. */
function folderOf(words: string[]): string | undefined {
  const place = words.slice(0, -2).findLastIndex((word) => word === '-C' || word === '--dir');
  return place === -1 ? undefined : words[place + 1];
}
