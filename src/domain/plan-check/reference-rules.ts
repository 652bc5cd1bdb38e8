import { advice, type Advice, portia } from '../next-step.js';
import { isPlaceholderName } from '../values/placeholder-name.js';
import { ExpressionError, RootlessFieldError } from '../expressions/expression-error.js';
import { parseExpression, type Expression } from '../expressions/expression.js';
import type { JsonObject, JsonSchema } from '../values/json.js';
import { bareName, isVariableName } from '../values/names.js';
import { nearestName } from '../values/nearest-name.js';
import type { Step } from '../plan/plan.js';
import { passingBlocks, roundBlocks, stepOutput } from '../plan/plan-steps.js';
import { placeOf } from '../plan/step-path.js';
import type { StepBlock } from '../plan/step-kinds/step-kind.js';
import {
  likelyTemplates,
  parseBareOrTemplate,
  parseTemplate,
  templatesIn,
  variableOnly,
} from '../expressions/template.js';
import { checkFilter, checkOperation } from './operator-rules.js';
import { PlanScope } from './plan-scope.js';
import { SECRET_USE, SECRET_VALUE, SecretRules } from './secret-rules.js';
import type { ProblemList } from './problem-list.js';
import { propertyOf } from '../values/value-types.js';

/** Names: every one that is used is defined before, and can be spelled in expressions. */
export class ReferenceRules {
  readonly secrets: SecretRules;
  readonly #problems: ProblemList;
  /** Where each output name is made, anywhere in the plan: to tell "later" from "nowhere". */
  readonly #madeAt = new Map<string, string>();
  /** The loops around what is made inside of one, by the name that is made: their output, or that they have none. */
  readonly #loops = new Map<string, { output: string | undefined }>();

  constructor(problems: ProblemList) {
    this.#problems = problems;
    this.secrets = new SecretRules(problems);
  }

  collectOutputs(steps: Step[], at: string, loop?: { output: string | undefined }): void {
    for (const [index, step] of steps.entries()) {
      const output = stepOutput(step);
      if (output !== undefined) {
        this.#madeAt.set(bareName(output), `${at}/${index}`);
        if (loop !== undefined) this.#loops.set(bareName(output), loop);
      }
      const collect = (blocks: StepBlock[], around: typeof loop) => {
        for (const block of blocks) this.collectOutputs(block.steps, `${at}/${index}${block.at}`, around);
      };
      collect(roundBlocks(step), { output });
      collect(passingBlocks(step), loop);
    }
  }

  checkName(name: string, pointer: string): void {
    if (isVariableName(name)) return;
    this.#problems.warn('name', {
      message: `Expressions cannot refer to ${JSON.stringify(name)}; it works as an input only.`,
      pointer,
      fix: 'Use letters, digits and _, no digit first, and no name of a JSONata function.',
    });
  }

  /** `isNeeded`: what uses it can not do without it. */
  checkUse(name: string, pointer: string, { scope, isNeeded }: { scope: PlanScope; isNeeded: boolean }): void {
    if (scope.use(name)) {
      this.#warnOfOldValue(name, pointer, scope);
      if (isNeeded) this.#warnOfFailure(name, pointer, scope);
      return;
    }
    const later = this.#madeAt.get(bareName(name));
    if (later === undefined) {
      const near = nearestOf(name, scope);
      const message = `Nothing defines $${bareName(name)}${near === undefined ? '.' : `; did you mean $${near}?`}`;
      const fix = `Use an output of an earlier step, or declare it under plan_inputs. ${namesHere(scope)}`;
      this.#problems.error('unknown-reference', { message, pointer, fix });
    } else {
      this.#problems.error('used-too-early', {
        message: `$${bareName(name)} does not exist here: ${placeOf(later)} makes it.`,
        pointer,
        fix: this.#fixOfTooEarly(name, scope),
      });
    }
  }

  #fixOfTooEarly(name: string, scope: PlanScope): string {
    const loop = this.#loops.get(bareName(name));
    if (loop === undefined) {
      return 'Move the step that makes it before this one, outside of other blocks; a circle cannot be run.';
    }
    const { output } = loop;
    if (output === undefined)
      return 'Give the loop that makes it an "output", and use that: the list of what it leaves.';
    return scope.has(output)
      ? `Use the output of the loop: $${bareName(output)}.`
      : 'Use it inside the loop that makes it.';
  }

  #warnOfOldValue(name: string, pointer: string, scope: PlanScope): void {
    const loop = scope.takeRemade(name);
    if (loop === undefined) return;
    this.#problems.warn('old-value', {
      message: `Here $${bareName(name)} has the value from before the loop at ${placeOf(loop)}: what the loop makes is seen only inside it.`,
      pointer,
      fix: 'Give the loop an "output" (and "collect": an expression), and use that.',
    });
  }

  #warnOfFailure(name: string, pointer: string, scope: PlanScope): void {
    const instead = scope.takeFallible(name);
    if (instead === undefined) return;
    const bare = bareName(name);
    const key = instead.slice(instead.lastIndexOf('/') + 1);
    const step = placeOf(instead.slice(0, -key.length - 1));
    const when = key === 'on_error' ? `${step} fails` : `nobody answers ${step} in time`;
    this.#problems.warn('lost-on-error', {
      message: `$${bare} is not there when ${when}: its ${key} does not leave it.`,
      pointer,
      fix: `Give a step of that ${key} the output $${bare}, or ask for it: $exists($${bare}).`,
    });
  }

  /** The names that a condition uses; none where it does not parse, which is reported where it is checked. */
  namesOf(source: string): string[] {
    try {
      return [...parseBareOrTemplate(source).variables.keys()];
    } catch (error) {
      if (error instanceof ExpressionError) return [];
      throw error;
    }
  }

  /** `maySecret`: secrets may be used here, alone or inside a text, but not in longer expressions. */
  checkTemplates(
    values: JsonObject,
    pointer: string,
    place: PlanScope | { scope: PlanScope; maySecret: boolean },
  ): void {
    const { scope, maySecret } = place instanceof PlanScope ? { scope: place, maySecret: false } : place;
    for (const template of templatesIn(values, pointer)) {
      this.#guardSyntax({ pointer: template.pointer, scope, fixOf: fixOfTemplate }, () => {
        for (const part of parseTemplate(template.text)) {
          if (part.kind !== 'expression') continue;
          this.#checkReferences(part.expression, template.pointer, scope);
          if (!maySecret || variableOnly(part.expression.source) === undefined) {
            this.#refuseSecrets(part.expression, { pointer: template.pointer, scope });
          }
        }
      });
    }
    for (const { pointer: at, name, path, written } of likelyTemplates(values, pointer)) {
      if (!scope.has(name)) continue;
      const meant = `$${name}${path}`;
      const message = `${written} is text here, not the value of ${meant}.`;
      this.#problems.warn('not-a-template', { message, pointer: at, fix: `Write {{ ${meant} }} for the value.` });
    }
  }

  /** Gives the type of the result, as far as it is known. */
  checkExpression(source: string, pointer: string, scope: PlanScope): JsonSchema | undefined {
    return this.#checkParsed(() => parseExpression(source), pointer, { scope, rule: SECRET_VALUE });
  }

  /** The same where exactly one template may be around the expression. */
  checkBareOrTemplate(source: string, pointer: string, scope: PlanScope): JsonSchema | undefined {
    return this.#checkParsed(() => parseBareOrTemplate(source), pointer, { scope, rule: SECRET_USE });
  }

  #refuseSecrets(expression: Expression, at: Parameters<SecretRules['refuse']>[1]): void {
    for (const name of expression.variables.keys()) this.secrets.refuse(name, at);
  }

  #checkParsed(
    parse: () => Expression,
    pointer: string,
    { scope, rule }: { scope: PlanScope; rule: string },
  ): JsonSchema | undefined {
    let type: JsonSchema | undefined;
    this.#guardSyntax({ pointer, scope, fixOf: fixOfExpression }, () => {
      const expression = parse();
      this.#checkReferences(expression, pointer, scope);
      this.#refuseSecrets(expression, { pointer, scope, rule });
      type = typeOfResult(expression, scope);
    });
    return type;
  }

  #guardSyntax(
    { pointer, scope, fixOf }: { pointer: string; scope: PlanScope; fixOf: (error: ExpressionError) => Advice },
    check: () => void,
  ): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      // What is wrong with it does not make the names in it unused.
      for (const [name] of error.source.matchAll(WORDS)) scope.use(name);
      const { message, fix } = rootlessField(error, scope) ?? { message: error.message, fix: fixOf(error) };
      this.#problems.error('expression', { message: `Character ${error.position}: ${message}`, pointer, fix });
    }
  }

  #checkReferences(expression: Expression, pointer: string, scope: PlanScope): void {
    for (const name of expression.variables.keys()) {
      this.checkUse(name, pointer, { scope, isNeeded: expression.needs.has(name) });
    }
    const at = { pointer, scope, problems: this.#problems };
    for (const operation of expression.operations) checkOperation(operation, at);
    for (const filter of expression.nameFilters) checkFilter(filter, at);
    for (const name of expression.functionValues) {
      if (!scope.use(name)) continue;
      this.#problems.error('name-of-function', {
        message: `In expressions $${name} is a function of JSONata, so the value of that name cannot be used here.`,
        pointer,
        fix: 'Give the value another name where it is made.',
      });
    }
  }
}

/** The name of the plan that was probably meant, without `$`. */
function nearestOf(name: string, scope: PlanScope): string | undefined {
  const near = nearestName(bareName(name), scope.names());
  return near === undefined || isPlaceholderName(near) ? undefined : near;
}

const WORDS = /[\p{L}_][\p{L}\p{N}_]*/gu;

/** Names that a fix lists. */
const MAX_NAMES = 10;

function namesHere(scope: PlanScope): string {
  const names = new Set<string>();
  for (const name of scope.names()) {
    if (isPlaceholderName(name)) continue;
    if (names.size === MAX_NAMES) return `Some of the names here: ${listed(names)}.`;
    names.add(name);
  }
  return names.size === 0 ? 'No name is defined here.' : `The names here: ${listed(names)}.`;
}

function listed(names: ReadonlySet<string>): string {
  return Array.from(names, (name) => `$${name}`).join(', ');
}

/** What to write for a field without a value to take it from: a name that is defined here, or a text. */
function rootlessField(error: ExpressionError, scope: PlanScope): { message: string; fix: string } | undefined {
  if (!(error instanceof RootlessFieldError) || scope.has(error.field)) return undefined;
  const { field } = error;
  const near = nearestOf(field, scope);
  if (near !== undefined) {
    return {
      message: `${field} is a field without a value to take it from; did you mean $${near}?`,
      fix: namesHere(scope),
    };
  }
  const text = JSON.stringify(field);
  return {
    message: `${field} is a field without a value to take it from.`,
    fix: `Write ${text} in quotes for the text. ${namesHere(scope)}`,
  };
}

/** A longer command would not be pasted. */
const MAX_PASTED = 120;

function fixOfExpression({ source }: ExpressionError): Advice {
  const inner = /^\s*\{\{(.*)\}\}\s*$/s.exec(source)?.[1]?.trim();
  if (inner !== undefined && isPastable(inner)) return `This is an expression without braces: ${JSON.stringify(inner)}`;
  if (source.includes('{{')) return 'This is an expression, without {{ and }}: join texts with &, as in "a" & $b.';
  return isPastable(source)
    ? advice`Try it out: ${portia('eval', source)}`
    : advice`Try a part of it with ${portia('eval')}.`;
}

function fixOfTemplate(): Advice {
  return advice`Try what is between {{ and }} with ${portia('eval')}. Two braces that are text are written {{{{.`;
}

function isPastable(source: string): boolean {
  // Control characters would change the command in a terminal.
  return source.trim() !== '' && source.length <= MAX_PASTED && !/\p{Cc}/u.test(source);
}

/** A JSON Schema that what the expression gives here fits; undefined when it is not known. */
export function typeOfResult({ result }: Expression, scope: PlanScope): JsonSchema | undefined {
  if (result.schema !== undefined || result.variable === undefined) return result.schema;
  return (result.path ?? []).reduce(propertyOf, scope.typeOf(result.variable));
}
