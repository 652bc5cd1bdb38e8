import { resolve } from 'node:path';

import { fromCwd } from '../../app/services.js';
import { loadTests, testFilesIn, type LoadedTests } from '../../app/testing/load-tests.js';
import { filterCases, hasPassed, runTests, type TestedCase } from '../../app/testing/run-tests.js';
import { MOST_JOBS, RUNS_AT_A_TIME } from '../../app/run-limits.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { unmetText } from '../../domain/testing/judge.js';
import { asText } from '../../domain/values/json.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import { junitReport, type TestCase } from '../../ui/reports/junit.js';
import { testView } from '../../ui/test-view.js';
import { whileWorking } from '../output/while-working.js';
import { defineCommand } from '../session/command.js';
import { EXIT, exitCodeOfError, exitCodeOfRun } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { createSession, type Session } from '../session/session.js';
import { untilStopped } from '../session/stopping.js';

const FLAGS = {
  jobs: flag.count('--jobs <n>', `how many cases are run at a time (default: ${RUNS_AT_A_TIME})`, { read: readJobs }),
  filter: flag.text('--filter <text>', 'only cases with this text in their names'),
  bail: flag.toggle('--bail', 'begin no more cases after one that failed'),
  junit: flag.text('--junit <file>', 'write a report of tests there, too'),
};

type TestFlags = OptionsOf<typeof FLAGS>;

/** Tests plans by files that say what models and tools give, and what must come out. */
export const command = defineCommand({
  about:
    'A path is a file of tests, or a folder with files that end with .test.yaml or .test.json; default: tests/. Each case is a run in ' +
    'memory and in a folder of its own, without settings, keys, models, programs or the network: what no line of the file answers ' +
    'fails the case. Exit 0: all passed. Exit 1: some did not. Exit 2: a file is wrong, or there are no cases.',
  examples: [
    ['portia test', 'all tests in tests/'],
    ['portia test tests/orders.test.yaml --filter small', 'some cases of one file'],
    ['portia test --bail --junit report.xml', 'in CI'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const loaded = await loadAll(session, invocation.parameters);
    const { filter } = session.options;
    const files = filter === undefined ? loaded : filterCases(loaded, filter);
    const cases = await untilStopped(session.io, async (signal) => runAll(session, files, signal), interrupted);
    await report(session, cases);
    return cases.every(({ result }) => result !== undefined && hasPassed(result)) ? EXIT.complete : EXIT.failed;
  },
});

/** All files, or what is wrong with any of them: nothing is run before. */
async function loadAll(session: Session<TestFlags>, words: readonly string[]): Promise<LoadedTests[]> {
  const { services } = session;
  const names = (words.length === 0 ? ['tests'] : words).flatMap((word) => testFilesIn(fromCwd(services, word), word));
  const loaded: LoadedTests[] = [];
  const refused: PortiaError[] = [];
  for (const name of new Set(names)) {
    try {
      loaded.push(await loadTests(fromCwd(services, name), name, services));
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      refused.push(error);
    }
  }
  const [first, ...others] = refused;
  if (first === undefined) return loaded;
  for (const { message, details } of others) await session.warn([message, details.why].filter(Boolean).join(' '));
  throw first;
}

async function runAll(
  session: Session<TestFlags>,
  files: readonly LoadedTests[],
  signal: AbortSignal,
): Promise<TestedCase[]> {
  const { io, options } = session;
  const { jobs = RUNS_AT_A_TIME, bail = false } = options;
  const exitCodes = { ofRun: exitCodeOfRun, ofError: exitCodeOfError };
  return whileWorking('Testing', session, async () =>
    runTests(files, { jobs, bail, signal, exitCodes, cpuTime: () => io.cpuTime() }),
  );
}

async function report(session: Session<TestFlags>, cases: readonly TestedCase[]): Promise<void> {
  const { junit } = session.options;
  if (junit !== undefined) {
    const written = session.speech.redact(junitReport('portia test', cases.map(junitCase)));
    writeFileSafely(resolve(session.services.cwd, junit), written, { mode: 0o644 });
  }
  await session.print({ record: cases.map(recordOf), human: (look) => testView(cases, look) });
}

function recordOf({ file, name, result }: TestedCase): object {
  if (result === undefined) return { file, name, outcome: 'not run' };
  const { unmet, missed, problems, ms } = result;
  return { file, name, outcome: hasPassed(result) ? 'passed' : 'failed', ms: Math.round(ms), unmet, missed, problems };
}

function junitCase({ file, name, result }: TestedCase): TestCase {
  const shown = { className: file, name };
  if (result === undefined) return { ...shown, outcome: { kind: 'skipped', message: 'not run' } };
  const seconds = result.ms / 1_000;
  if (hasPassed(result)) return { ...shown, seconds };
  const reasons = [
    ...result.missed.map(({ kind, name: tool, content, why }) => `${tool ?? kind}: ${why} ${asText(content)}`),
    ...result.unmet.map(unmetText),
    ...result.problems,
  ];
  return { ...shown, seconds, outcome: { kind: 'failure', message: reasons[0] ?? '', text: reasons.join('\n') } };
}

function readJobs(given: string): number {
  const jobs = Number(given);
  if (/^\d+$/.test(given) && jobs >= 1 && jobs <= MOST_JOBS) return jobs;
  throw new PortiaError('usage', `--jobs ${given} is not a whole number from 1 to ${MOST_JOBS}.`, {
    why: 'It says how many cases may be run at a time.',
    fix: `--jobs ${RUNS_AT_A_TIME}`,
  });
}

function interrupted(signal: string): PortiaError {
  return new PortiaError('interrupted', `The tests were stopped by ${signal}.`, { fix: portia('test') });
}
