import { describeFailure, ExpressionError, resultAsJson } from '../../domain/expressions/expression-error.js';
import { parseExpression } from '../../domain/expressions/expression.js';
import type { Observed, ToolCallMade, Told } from '../../domain/testing/observed.js';
import type { RunEvent } from '../../domain/run/events.js';
import { selectorName } from '../../domain/run/clarification.js';
import type { Run } from '../../domain/run/run.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import type { ExecutorServices } from '../../executor/services.js';
import type { Store } from '../../storage/store.js';
import { outputValue } from '../output-value.js';
import { recall } from '../recall.js';

/** Expressions over a run that has ended. */
interface Wanted {
  evaluate: ExecutorServices['evaluate'];
  clock: string;
  that: readonly string[];
}

type Watched = Pick<Observed, 'outputs' | 'calls' | 'skipped' | 'asks' | 'usage' | 'that'>;

/** Sees what a run does, with those inside it. */
export class CaseWatch {
  readonly #store: Store;
  readonly #calls: (() => Promise<ToolCallMade>)[] = [];
  readonly #skipped: string[] = [];
  readonly #asks: string[] = [];
  readonly #asked = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  readonly listen = (event: RunEvent): void => {
    if (event.type === 'step.skipped') this.#skipped.push(event.path);
    if (event.type === 'clarification.raised') this.#ask(event.clarification);
    if (event.type !== 'tool.started') return;
    const { run_id: id, path: step, tool_id: tool, args } = event;
    this.#calls.push(async () => {
      const value = await recall(this.#store, id, args);
      return { step, tool, args: isJsonObject(value) ? value : {} };
    });
  };

  /** What was seen. Without a run nothing came out. */
  async observed(run: Run | undefined, wanted: Wanted): Promise<Watched> {
    const values = run === undefined ? new Map<string, Json>() : await this.#valuesOf(run);
    const outputs = new Map(
      Object.keys(run?.outputs.step_outputs ?? {}).map((name) => [bareName(name), values.get(bareName(name)) ?? null]),
    );
    return {
      outputs,
      calls: await Promise.all(this.#calls.map(async (read) => read())),
      skipped: this.#skipped,
      asks: this.#asks,
      usage: run?.usage ?? { calls: 0, input_tokens: 0, output_tokens: 0 },
      that: new Map(
        await Promise.all(wanted.that.map(async (source) => [source, await tell(source, values, wanted)] as const)),
      ),
    };
  }

  /** That of a run inside is raised there first, and then around it. */
  #ask(question: Extract<RunEvent, { type: 'clarification.raised' }>['clarification']): void {
    if (this.#asked.has(question.id)) return;
    this.#asked.add(question.id);
    this.#asks.push(selectorName(question));
  }

  /** An input wins over an output, as it does for the steps. */
  async #valuesOf(run: Run): Promise<Map<string, Json>> {
    const all = [...Object.entries(run.outputs.step_outputs), ...Object.entries(run.plan_run_inputs)];
    const values = new Map<string, Json>();
    for (const [name, output] of all) values.set(bareName(name), await outputValue(this.#store, run, output));
    return values;
  }
}

async function tell(source: string, values: ReadonlyMap<string, Json>, { evaluate, clock }: Wanted): Promise<Told> {
  try {
    const names = [...parseExpression(source).variables].map(([name]) => name);
    const known: Record<string, Json> = Object.create(null);
    for (const name of names) {
      const value = values.get(name);
      if (value !== undefined) known[name] = value;
    }
    return { value: resultAsJson(await evaluate(source, known, { startedAt: clock }), source) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { problem: describeFailure(error, source) };
  }
}
