import type { Problem } from '../../domain/errors.js';
import { isJsonObject, type JsonSchema } from '../../domain/values/json.js';
import { isSecretSchema } from '../../domain/values/secret-values.js';
import { declaredArguments, namedArguments } from '../declared-tool.js';
import { settingProblem, templateProblems, unusedArguments } from '../setting-templates.js';
import type { ProgramSettings } from './program-settings.js';

/** What is wrong with a program that settings declare, beside its shape; `pointer` leads to it. */
export function programProblems(settings: ProgramSettings, pointer: string): Problem[] {
  const { command, stdin } = settings;
  const schema = declaredArguments(settings);
  const args = namedArguments(schema);
  const problems = templateProblems(command, `${pointer}/command`, args);
  // Which arguments a broken template uses is not known.
  if (problems.length > 0) return problems;
  const unused = new Set(unusedArguments(command, args));
  return args.flatMap((name) => {
    const at = `${pointer}/args/properties/${name}`;
    if (unused.has(name)) {
      const fix = `write {{ $${name} }} in command, or "stdin": "json"`;
      return stdin === 'json' ? [] : [settingProblem('unused-argument', at, `the program never gets it: ${fix}`)];
    }
    if (!isSecretSchema(schemaOf(schema, name))) return [];
    const why = 'every user of the machine can read the words of a command; let it read "stdin": "json"';
    return [settingProblem('secret-in-command', at, why)];
  });
}

function schemaOf({ properties }: JsonSchema, name: string): JsonSchema | undefined {
  const own = isJsonObject(properties) ? properties[name] : undefined;
  return isJsonObject(own) ? own : undefined;
}
