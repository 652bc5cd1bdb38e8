import type { JsonObject } from '../../domain/values/json.js';
import { variableName } from '../reference.js';
import { guards, namedOutput, schemaOf, type Draft } from '../draft.js';
import type { Bare, Common, Condition, Expression, Schema, Value } from '../step-options.js';
import { compact } from '../step-writer.js';

/** The condition of a loop says when it ends; a loop over a list may have a condition around it, as any step. */
interface LoopCommon<Output extends string, Name extends string> extends Omit<Common<Name>, 'when' | 'condition'> {
  /** The name of what the loop leaves: with `over` the list of what each item left, else what the last round left. */
  output?: Output | undefined;
  /** What that must look like. */
  outputSchema?: Schema | undefined;
  /** An expression that is evaluated at the end of each iteration: the loop leaves the list of its values. */
  collect?: Expression | undefined;
}

export interface OverLoopOptions<Output extends string, Name extends string, Item extends string> extends LoopCommon<
  Output,
  Name
> {
  when?: Expression | undefined;
  condition?: string | undefined;
  /** A list, or an expression that gives one. The steps are done for each of its items. */
  over: Expression | readonly Value[];
  /** The name of the item. Default: `stepName`, else `item`. */
  as?: Item | undefined;
  maxParallel?: number | undefined;
  /** An item that fails does not end the loop: the list has `null` in its place, and `failures` after the loop lists it. */
  onError?: 'continue' | undefined;
  while?: undefined;
  doWhile?: undefined;
}

/** The names that a loop over a list adds: its item, and what it leaves. */
export type OverLoopNames<Output extends string, Name extends string, Item extends string> =
  | Bare<Output>
  | ([Item] extends [never] ? ([Name] extends [never] ? 'item' : Name) : Bare<Item>);

export type WhileLoopOptions<Output extends string, Name extends string> = LoopCommon<Output, Name> & {
  maxIterations?: number | undefined;
  /** What happens at the limit: `fail` fails the step (default), with `stop` it is done and $exhausted is true. */
  onLimit?: 'fail' | 'stop' | undefined;
  over?: undefined;
  when?: undefined;
  condition?: undefined;
} & (
    | {
        /** The steps are done as long as this is true, looked at before each round. */
        while: Condition;
        doWhile?: undefined;
      }
    | {
        /** The steps are done once, and again as long as this is true. */
        doWhile: Condition;
        while?: undefined;
      }
  );

export type AnyLoopOptions = OverLoopOptions<string, string, string> | WhileLoopOptions<string, string>;

/** A loop without its steps. */
export function loop(options: AnyLoopOptions, draft: Draft): JsonObject {
  const { stepName: name } = options;
  const kinds = (['over', 'while', 'doWhile'] as const).filter((kind) => options[kind] !== undefined);
  if (kinds.length !== 1) {
    const given = kinds.length === 0 ? 'none' : kinds.join(' and ');
    draft.write.report({
      rule: 'loop-kind',
      at: '',
      message: `A loop has one of over, while and doWhile; this one has ${given}.`,
      fix: 'Choose over to go through a list, while to look before each round, doWhile to look after it.',
    });
  }
  const left = { output: namedOutput(options, draft), output_schema: schemaOf(options, draft) };
  const collect = options.collect === undefined ? undefined : draft.write.expression(options.collect, '/collect');
  if (options.over !== undefined) {
    const { maxParallel: max_parallel, onError: on_error } = options;
    const as = options.as ?? (typeof name === 'string' ? variableName(name) : 'item');
    const over = draft.write.list(options.over, '/over');
    return compact({
      kind: 'for_each',
      name,
      over,
      as: bareItem(draft, as),
      ...left,
      collect,
      max_parallel,
      on_error,
      ...guards(options, draft),
    });
  }
  const { maxIterations: max_iterations, onLimit: on_limit } = options;
  const kind = options.while === undefined ? 'do_while' : 'while';
  const condition = draft.write.condition(options.while ?? options.doWhile ?? 'true', '');
  const { timeoutMs: timeout_ms, retries } = options;
  return compact({ kind, name, ...condition, ...left, collect, max_iterations, on_limit, timeout_ms, retries });
}

function bareItem(draft: Draft, as: string): string {
  return draft.write.name(as, '/as').slice(1);
}
