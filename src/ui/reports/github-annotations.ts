import { adviceText, type Advice } from '../../domain/next-step.js';
import { oneLine, printable } from '../../domain/values/printable.js';
import { realProblems, type ReportedPlan } from './reported-plan.js';

/** One line of a log that GitHub shows at its place in the file. */
export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  /** From the root of the repository. */
  file?: string | undefined;
  /** Both count from 1. */
  line?: number | undefined;
  column?: number | undefined;
  title: string;
  message: string;
}

/** A workflow command for each problem of the plans, each on its own line. */
export function githubAnnotations(plans: readonly ReportedPlan[]): string {
  return plans
    .flatMap((plan) =>
      realProblems(plan).map(({ severity, rule, message, fix, line, column }) =>
        annotationLine({
          level: severity === 'error' ? 'error' : 'warning',
          file: plan.file,
          line,
          column,
          title: `${plan.name}: ${rule}`,
          message: withFix(message, fix),
        }),
      ),
    )
    .join('');
}

function withFix(message: string, fix: Advice | undefined): string {
  return fix === undefined ? message : `${message}\nFix: ${adviceText(fix)}`;
}

/** `::error file=plan.yaml,line=3::…` with a newline. Nothing in it can begin another command. */
export function annotationLine({ level, file, line, column, title, message }: Annotation): string {
  const properties = Object.entries({ file, line, col: column, title: oneLine(title) }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${inProperty(String(value))}`],
  );
  return `::${level} ${properties.join(',')}::${inMessage(message)}\n`;
}

function inMessage(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function inProperty(text: string): string {
  return inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
