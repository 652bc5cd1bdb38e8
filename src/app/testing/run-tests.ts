import { PortiaError } from '../../domain/errors.js';
import type { TestCase } from '../../domain/testing/test-file-schema.js';
import type { LoadedTests } from './load-tests.js';
import { playCase, type CaseOptions, type CaseResult } from './play-case.js';

/** A case with what came of it. Without a result it was not run. */
export interface TestedCase {
  file: string;
  name: string;
  result?: CaseResult | undefined;
}

export interface TestOptions extends CaseOptions {
  /** Cases that may be run at a time. */
  jobs: number;
  /** After a case that did not pass no other one is begun. */
  bail: boolean;
}

/** Runs cases side by side. Gives them in their order. */
export async function runTests(files: readonly LoadedTests[], options: TestOptions): Promise<TestedCase[]> {
  const all = files.flatMap((file) => file.cases.map((test) => ({ file, test })));
  const results: TestedCase[] = all.map(({ file, test }) => ({ file: file.name, name: test.name }));
  let next = 0;
  let isOver = false;
  const work = async () => {
    while (next < all.length && !isOver) {
      const index = next;
      next += 1;
      const [one, tested] = [all[index], results[index]];
      if (one === undefined || tested === undefined) return;
      tested.result = await playCase(one.test, one.file.tested, options);
      isOver ||= options.bail && !hasPassed(tested.result);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return results;
}

export function hasPassed({ unmet, missed, problems }: CaseResult): boolean {
  return unmet.length + missed.length + problems.length === 0;
}

/** Only cases with that text in their names. Throws `not-found` where there are none. */
export function filterCases(files: readonly LoadedTests[], filter: string): LoadedTests[] {
  const hasText = ({ name }: TestCase) => name.toLowerCase().includes(filter.toLowerCase());
  const filtered = files.flatMap((file) => {
    const cases = file.cases.filter(hasText);
    return cases.length === 0 ? [] : [{ ...file, cases }];
  });
  if (filtered.length > 0) return filtered;
  const names = files.flatMap(({ cases }) => cases.map(({ name }) => name));
  throw new PortiaError('not-found', `No case has ${JSON.stringify(filter)} in its name.`, {
    why: `There are: ${names.slice(0, MOST_NAMED).join('; ')}${names.length > MOST_NAMED ? '; …' : ''}.`,
    fix: 'Leave --filter out, or give it a part of a name.',
  });
}

const MOST_NAMED = 10;
