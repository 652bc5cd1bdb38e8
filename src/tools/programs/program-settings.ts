import * as z from 'zod';

import { VARIABLE_NAME } from '../../domain/environment.js';
import { declaredKeys, word } from '../declared-tool.js';

/** A program that is a tool, as settings declare it. */
export const programSettingsSchema = z.strictObject({
  ...declaredKeys,
  /** The program and its arguments, each a word of its own; no shell reads them. */
  command: z
    .array(word)
    .min(1, 'must name a program, as ["./deploy.sh", "{{ $environment }}"]')
    .refine(
      ([program = '']) => program.trim() !== '' && !program.includes('{{'),
      'must begin with the program, written out: no template decides what is started',
    ),
  /** What it reads: all about the call as one JSON document, or nothing. Default: nothing. */
  stdin: z.enum(['json', 'none']).exactOptional(),
  /** What its standard output is. Default: text. */
  stdout: z.enum(['text', 'json', 'lines']).exactOptional(),
  /** Variables that it gets, beside those that every program gets. */
  env: z.array(z.string().regex(VARIABLE_NAME, 'must be the name of a variable, and never its value')).exactOptional(),
  /** The folder in which it runs. Default: the project's root. */
  cwd: word.min(1, 'must not be empty').exactOptional(),
  /** Exit codes that say that nothing was done. */
  not_done_exit_codes: z.array(z.int().min(1).max(255)).exactOptional(),
  /** Whether an argument that begins with a dash may be a word of its own. */
  dashes: z.boolean().exactOptional(),
});

export type ProgramSettings = z.infer<typeof programSettingsSchema>;
