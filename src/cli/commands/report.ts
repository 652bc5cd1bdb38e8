import { PortiaError } from '../../domain/errors.js';
import { portia, portiaTyped } from '../../domain/next-step.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag } from '../session/flags.js';
import { createSession, writeText, type Session } from '../session/session.js';

/** Writes a page about a plan or a run, in one file. */
export const command = defineCommand({
  about:
    'The page is one file that loads nothing: it can be mailed, printed and kept. Of a run it has the result, the time ' +
    'of each step, who answered what, every call that acts, the values, the cost and the plan. Of two runs or two plans ' +
    'it shows what differs, side by side. Whoever has it can read the values, unless it was made with --redact.',
  examples: [
    ['portia report last -o report.html', 'the newest run'],
    ['portia report plan.json -o plan.html', 'a plan'],
    ['portia report plan.json city.json -o diff.html', 'what differs'],
  ],
  flags: { redact: flag.toggle('--redact', 'of a run: without its data, for others to see') },
  async run(invocation) {
    const session = await createSession(invocation);
    const [first = '', second, ...more] = invocation.parameters;
    refuse(session, { first, isTooMany: more.length > 0 });
    const { reportOf } = await import('../runs/report-of.js');
    await writeText(session, await reportOf(session, first, second));
    return EXIT.complete;
  },
});

function refuse({ options, io }: Session, { first, isTooMany }: { first: string; isTooMany: boolean }): void {
  if (isTooMany) {
    throw new PortiaError('usage', 'A report takes one plan or run, or two to compare.', {
      fix: portiaTyped('report', 'RUN RUN -o report.html'),
    });
  }
  if (options.fields !== undefined) {
    throw new PortiaError('usage', 'A report is a page, so --fields is not for it.', {
      fix: portia('show', first, '--json', '--fields', options.fields),
    });
  }
  if (options.out !== undefined || !io.streams.out.isTerminal) return;
  throw new PortiaError('usage', 'A report is a page for a browser.', {
    fix: portia('report', first, '-o', 'report.html'),
  });
}
