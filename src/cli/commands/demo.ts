import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { defineCommand } from '../session/command.js';
import { RUN_FLAGS } from '../session/options.js';
import { givenFlags } from '../session/spell-flags.js';

const PLAN = 'plans/split-the-bill.yaml';

/** Runs an example plan that asks questions. It is a run like any other. */
export const command = defineCommand({
  about:
    'Splits a restaurant bill: it asks for the amount and the number of people, and once more when each would pay a lot. ' +
    'Stop it at a question with Ctrl-C, and continue it with the command that it prints. The plan and the run are ' +
    'kept in plans/ and runs/ of this folder.',
  examples: [["portia demo --answer '$bill:=84' --answer '$people:=3'", 'with the answers given']],
  hasValue: true,
  flags: { answer: RUN_FLAGS.answer },
  async run({ options, io, program }) {
    const { resolve } = createRequire(import.meta.url);
    const plan = join(dirname(resolve('portia/package.json')), PLAN);
    if (options.quiet !== true) {
      await io.streams.err.write('A demonstration: the plan was written by hand, and no model is used.\n');
    }
    return program.run(['run-plan', plan, ...givenFlags(options)]);
  },
});
