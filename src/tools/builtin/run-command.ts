import * as z from 'zod';

import { RUN_COMMAND_TOOL } from '../../domain/values/opt-in-tools.js';
import { defineTool } from '../define-tool.js';

const word = z.string().refine((text) => !text.includes('\0'), 'must not hold a NUL character');

export const runCommandTool = defineTool({
  id: RUN_COMMAND_TOOL,
  name: 'Run Command Tool',
  description:
    'Runs a program of this machine in the project folder, and gives {exit_code, signal, stdout, stderr, truncated}. ' +
    'No shell reads its words: there are no pipes, redirections, wildcards or variables in them.',
  effect: 'once',
  sends: true,
  args: z.object({
    command: z
      .array(word)
      .min(1, 'must name a program')
      .refine(([program]) => program !== '', 'must begin with the name of a program')
      .describe('The program and its words, as ["git", "log", "-1"]. A path such as ./build.sh begins at the project.'),
    stdin: z.string().nullish().describe('What it reads from standard input. Default: nothing.'),
    ok_exit_codes: z
      .array(z.int().min(0).max(255))
      .nullish()
      .describe('With it, any other exit code fails the call. Default: every exit code is a result.'),
  }),
  output: z.object({
    exit_code: z.int().nullable(),
    signal: z.string().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.boolean(),
  }),
  inspect: async () => ({ consent: 'ask', facts: {}, note: 'It runs in the project folder, with your rights.' }),
  run: async (context, { command, stdin, ok_exit_codes: exitCodes }) => {
    const { runCommand } = context.environment;
    if (runCommand === undefined) throw new Error('nothing here can run a command');
    return runCommand({ words: command, input: stdin ?? undefined, exitCodes: exitCodes ?? undefined }, context);
  },
});
