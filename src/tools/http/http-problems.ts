import type { Problem } from '../../domain/errors.js';
import { describeFailure, ExpressionError } from '../../domain/expressions/expression-error.js';
import { parseExpression } from '../../domain/expressions/expression.js';
import type { Json } from '../../domain/values/json.js';
import { declaredArguments, namedArguments } from '../declared-tool.js';
import { settingProblem, templateProblems, unknownNames, unusedArguments } from '../setting-templates.js';
import { isReading, type HttpSettings } from './http-settings.js';

/** What is wrong with an HTTP call that settings declare, beside its shape; `pointer` leads to it. */
export function httpProblems(settings: HttpSettings, pointer: string): Problem[] {
  const { url, query = {}, headers = {}, body = null, form = {}, output, method = 'GET' } = settings;
  const args = namedArguments(declaredArguments(settings));
  const problem = (key: string, message: string) => settingProblem('bad-value', `${pointer}/${key}`, message);
  const sent: Record<string, Json> = { url, query, headers, body, form };
  const templates = Object.entries(sent).flatMap(([key, value]) => templateProblems(value, `${pointer}/${key}`, args));
  const others = [
    ...(isReading(settings) && body !== null ? [problem('body', `a ${method} has no body`)] : []),
    ...(isReading(settings) && settings.form !== undefined ? [problem('form', `a ${method} has no body`)] : []),
    ...(settings.form !== undefined && body !== null ? [problem('form', 'a request has a body or a form')] : []),
    ...(output === undefined ? [] : outputProblems(output, `${pointer}/output`)),
  ];
  // Which arguments a broken template uses is not known.
  if (templates.length > 0) return [...templates, ...others];
  const unused = unusedArguments(Object.values(sent), args).map((name) =>
    settingProblem('unused-argument', `${pointer}/args/properties/${name}`, `is never sent: write {{ $${name} }}`),
  );
  return [...others, ...unused];
}

function outputProblems(output: string, pointer: string): Problem[] {
  try {
    const messages = unknownNames([parseExpression(output)], ['body', 'status', 'headers']);
    return messages.map((message) => settingProblem('bad-expression', pointer, message));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [settingProblem('bad-expression', pointer, describeFailure(error, output))];
  }
}
