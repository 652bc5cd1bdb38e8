import type { Problem } from '../../domain/errors.js';
import { adviceText } from '../../domain/next-step.js';
import type { ReportFormat } from '../../config/layer.js';
import { githubAnnotations } from '../../ui/reports/github-annotations.js';
import { junitReport, type TestCase } from '../../ui/reports/junit.js';
import { realProblems, type ReportedPlan } from '../../ui/reports/reported-plan.js';
import { sarifReport } from '../../ui/reports/sarif.js';
import { relative, sep } from 'node:path';
import type { Session } from '../session/session.js';
import { csvOf } from './csv-of.js';

/** The problems of plans in the form of another program; `file` of each is an absolute path. */
export async function reportOfPlans(
  session: Session,
  form: ReportFormat,
  plans: readonly ReportedPlan[],
): Promise<string> {
  const reported = plans.map(({ name, file, problems }) => ({ name, file: fileFor(session, file), problems }));
  switch (form) {
    case 'sarif':
      return `${JSON.stringify(sarifReport(reported, session.io.version), null, 2)}\n`;
    case 'github':
      return githubAnnotations(reported);
    case 'junit':
      return junitReport('portia check', reported.map(caseOf));
    case 'csv':
      return csvOf(session, PROBLEM_COLUMNS, reported.flatMap(problemRows));
  }
}

const PROBLEM_COLUMNS = ['plan', 'severity', 'rule', 'message', 'line', 'column', 'pointer', 'fix'];

function problemRows(plan: ReportedPlan): object[] {
  return realProblems(plan).map(({ fix, ...problem }) => ({
    plan: plan.file ?? plan.name,
    ...problem,
    fix: fix && adviceText(fix),
  }));
}

/** From the root of the checkout in CI, else from the folder that the command was typed in. */
export function fileFor({ io }: Session, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const root = io.environment['GITHUB_WORKSPACE'] ?? io.cwd ?? '/';
  return relative(root, file).split(sep).join('/');
}

/** A plan with an error fails; a warning stands beside it. */
function caseOf(plan: ReportedPlan): TestCase {
  const problems = realProblems(plan);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const about = { className: 'plans', name: plan.name };
  if (first === undefined) return about;
  return { ...about, outcome: { kind: 'failure', message: first.message, text: problems.map(textOf).join('\n') } };
}

function textOf({ severity, rule, message, fix, line, column }: Problem): string {
  const place = line === undefined ? '' : `${line}:${column ?? 1} `;
  return `${place}${severity} ${message} [${rule}]${fix === undefined ? '' : `\nFix: ${adviceText(fix)}`}`;
}
