import { PortiaError, type ErrorCode, type Problem } from './errors.js';
import { adviceLines } from './next-step.js';
import { escapePointer } from './values/json.js';
import type { planSchema } from './plan/plan-schema.js';

type Issue = NonNullable<ReturnType<typeof planSchema.safeParse>['error']>['issues'][number];

/** What a schema says against a value, for people: one problem each, with its JSON pointer. */
export function problemsOfIssues(issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => {
    const meant = meantBranch(issue);
    if (meant !== undefined) {
      const at = pointerOf(issue.path);
      return problemsOfIssues(meant).map((problem) => ({ ...problem, pointer: `${at}${problem.pointer}` }));
    }
    return [{ severity: 'error', rule: 'shape', message: messageOfIssue(issue), pointer: pointerOf(issue.path) }];
  });
}

/** Of several shapes the one that has the value's own type, so that what is wrong inside of it is reported at its place. */
function meantBranch(issue: Issue): readonly Issue[] | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  const isOfType = (branch: readonly Issue[]) =>
    !branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  const [meant, ...others] = issue.errors.filter((branch) => branch.length > 0 && isOfType(branch));
  return others.length === 0 ? meant : undefined;
}

/** More would not be read. */
const MOST_FIXES = 5;

/** All problems as one error whose `why` has a line for each; `place` says in words where a pointer leads. */
export function problemsError(
  code: ErrorCode,
  what: string,
  { problems, place = (pointer) => pointer }: { problems: readonly Problem[]; place?: (pointer: string) => string },
): PortiaError {
  const lines = problems.map(
    (problem) => `${lineOf(problem, place(problem.pointer) || '(whole document)')}: ${problem.message}`,
  );
  const fixes = problems.slice(0, MOST_FIXES).map(({ fix }) => fix);
  const hasOthers = problems.length > MOST_FIXES || fixes.includes(undefined);
  return new PortiaError(code, what, {
    why: lines.join('\n'),
    fix: adviceLines([...fixes, hasOthers ? 'Correct what is listed and try again.' : undefined]),
    pointer: problems[0]?.pointer,
  });
}

function lineOf({ line, column }: Problem, place: string): string {
  return line === undefined || column === undefined ? place : `Line ${line}, column ${column}, ${place}`;
}

function messageOfIssue(issue: Issue): string {
  if (issue.code === 'invalid_union') return messageOfUnion(issue);
  // Its own words, where the schema has none.
  const isLimit = issue.code === 'too_small' || issue.code === 'too_big';
  if (isLimit && issue.message.startsWith('Too ')) return messageOfLimit(issue);
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.map(String).join(', ')}`;
  const received = /received (\w+)$/.exec(issue.message)?.[1];
  if (issue.code !== 'invalid_type' || received === undefined) return issue.message;
  const type = TYPES[issue.expected] ?? issue.expected;
  const wanted = `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
  if (received !== 'undefined') return `must be ${wanted}, not ${received}`;
  return `${String(issue.path.at(-1) ?? 'it')} is missing; must be ${wanted}`;
}

/** What zod has other words for. */
const TYPES: Partial<Record<string, string>> = { int: 'whole number', record: 'object' };

function messageOfLimit(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const orEqual = issue.code === 'too_small' ? 'at least' : 'at most';
  if (issue.origin === 'array') return `must have ${orEqual} ${limit} ${limit === 1 ? 'item' : 'items'}`;
  if (issue.origin !== 'number' && issue.origin !== 'int') return issue.message;
  const strict = issue.code === 'too_small' ? 'above' : 'below';
  return `must be ${issue.inclusive === false ? strict : orEqual} ${limit}`;
}

function messageOfUnion(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if ('options' in issue && Array.isArray(issue.options)) {
    const known = issue.options.filter((option) => typeof option === 'string');
    return `must be one of: ${known.join(', ')}`;
  }
  const branches = issue.errors.map((branch) => branch.map(messageOfIssue).join(' and '));
  return [...new Set(branches)].join('; or ');
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${escapePointer(String(key))}`).join('');
}
