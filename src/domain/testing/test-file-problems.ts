import type * as z from 'zod';

import type { Problem } from '../errors.js';
import { describeFailure, ExpressionError } from '../expressions/expression-error.js';
import { parseExpression } from '../expressions/expression.js';
import { problemsOfIssues } from '../schema-problems.js';
import { escapePointer } from '../values/json.js';
import { nearestName } from '../values/nearest-name.js';
import { KNOWN_KEYS, testFileSchema, type TestFile } from './test-file-schema.js';

type Issue = z.core.$ZodIssue;

/** A file of tests, or everything that is wrong with it: shape first, then names, paths and expressions. */
export function readTestFile(value: unknown): { file: TestFile } | { problems: Problem[] } {
  const parsed = testFileSchema.safeParse(value);
  if (!parsed.success) return { problems: problemsOfIssues(parsed.error.issues.flatMap((issue) => byKey(issue))) };
  const file = parsed.data;
  const problems = [...sameNames(file), ...file.cases.flatMap((_, index) => problemsOfCase(file, index))];
  return problems.length === 0 ? { file } : { problems };
}

/** Of several keys that are not known, each is a problem at its own place. */
function byKey(issue: Issue, around: readonly PropertyKey[] = []): Issue[] {
  const path = [...around, ...issue.path];
  if (issue.code === 'invalid_union' && issue.inclusive !== false)
    return [{ ...issue, errors: ofForm(issue.errors).map((branch) => branch.flatMap((each) => byKey(each, path))) }];
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ code: 'custom', path: [...issue.path, key], message: unknownKey(key, path) }));
}

/** Of a word and a form: the form alone, where the value has it. */
function ofForm(branches: Issue[][]): Issue[][] {
  const forms = branches.filter(
    (branch) => !branch.some(({ code, path }) => code === 'invalid_value' && path.length === 0),
  );
  const isNear = forms.some((branch) => !branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0));
  return isNear ? forms : branches;
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const place = path.map(String).join('/');
  const known = KNOWN_KEYS.find(([pattern]) => pattern.test(place))?.[1] ?? [];
  const near = nearestName(key, known);
  const meant = near === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${near}?`;
  return `There is no key ${JSON.stringify(key)} here; ${meant}`;
}

function sameNames({ cases }: TestFile): Problem[] {
  const seen = new Set<string>();
  return cases.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [problem(`Another case has the name ${JSON.stringify(name)}`, `/cases/${index}/name`)];
  });
}

function problemsOfCase({ cases }: TestFile, index: number): Problem[] {
  const at = `/cases/${index}`;
  const { files = {}, tools = {}, expect } = cases[index] ?? { expect: {} };
  const lines = Object.entries(tools).flatMap(([id, line]) =>
    (line === 'real' ? [] : (line.calls ?? [])).flatMap(({ when }, call) =>
      when === undefined ? [] : expressionProblems(when, `${at}/tools/${escapePointer(id)}/calls/${call}/when`),
    ),
  );
  return [
    ...Object.keys(files).flatMap((name) => pathProblems(name, `${at}/files`)),
    ...Object.keys(expect.files ?? {}).flatMap((name) => pathProblems(name, `${at}/expect/files`)),
    ...lines,
    ...(expect.that ?? []).flatMap((source, number) => expressionProblems(source, `${at}/expect/that/${number}`)),
  ];
}

function pathProblems(name: string, pointer: string): Problem[] {
  const parts = name.split('/');
  const isInside = parts.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\\0]|^[a-z]:/i.test(name);
  const message = `${JSON.stringify(name)} is not a path below the folder of the case`;
  return isInside ? [] : [problem(message, `${pointer}/${escapePointer(name)}`)];
}

function expressionProblems(source: string, pointer: string): Problem[] {
  try {
    parseExpression(source);
    return [];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [problem(describeFailure(error, source), pointer)];
  }
}

/** What a file of tests cannot mean. */
export function problem(message: string, pointer: string): Problem {
  return { severity: 'error', rule: 'test', message, pointer };
}
