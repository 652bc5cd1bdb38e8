import { adviceLines } from '../domain/next-step.js';
import { PortiaError, type Problem } from '../domain/errors.js';
import { capitalised } from '../domain/values/capitalised.js';

/** The error for a flag or variable with a bad value. `source` is what a person writes, `why` a clause. */
export function badSetting(source: string, why: string, fix: string): PortiaError {
  return new PortiaError('invalid-settings', `${source} has a value that cannot be used.`, {
    why: `${capitalised(why)}.`,
    fix,
  });
}

/** The error for a settings file, with all its problems. */
export function badSettingsFile(path: string, problems: Problem[]): PortiaError {
  const [only] = problems;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new PortiaError('invalid-settings', `${path} has ${count}.`, {
    why: problems.map((problem) => problem.message).join('\n'),
    fix: adviceLines([...problems.map((problem) => problem.fix), `edit ${path}`]),
    pointer: only?.pointer,
  });
}
