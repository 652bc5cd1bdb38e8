import type { Problem } from '../../domain/errors.js';
import { adviceText } from '../../domain/next-step.js';
import { placeOf } from '../../domain/plan/step-path.js';
import { printable } from '../../domain/values/printable.js';
import { realProblems, type ReportedPlan } from './reported-plan.js';

/** The problems of plans as one SARIF 2.1.0 document; `version` is that of portia. */
export function sarifReport(plans: readonly ReportedPlan[], version: string): object {
  const found = plans.flatMap((plan) => realProblems(plan).map((problem) => ({ plan, problem })));
  const rules = [...new Set(found.map(({ problem }) => problem.rule))].toSorted();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'portia', semanticVersion: version, rules: rules.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: found.map(({ plan, problem }) => ({
          ruleId: problem.rule,
          ruleIndex: rules.indexOf(problem.rule),
          level: problem.severity,
          message: { text: messageOf(problem) },
          locations: [locationOf(plan, problem)],
        })),
      },
    ],
  };
}

function messageOf({ message, fix }: Problem): string {
  return printable(fix === undefined ? message : `${message} Fix: ${adviceText(fix)}`);
}

/** A place in the file when it is known; always the part of the plan. */
function locationOf({ name, file }: ReportedPlan, { pointer, line, column }: Problem): object {
  const part = { fullyQualifiedName: printable(`${name}#${pointer}`), name: printable(placeOf(pointer) || 'plan') };
  const region = line !== undefined && { region: { startLine: line, ...(column && { startColumn: column }) } };
  return {
    ...(file !== undefined && { physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }),
    logicalLocations: [part],
  };
}

/** A file name may have characters that a URI must not have. */
function uriOf(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}
