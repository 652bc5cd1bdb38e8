import { advice, adviceText, portia, type Advice } from '../domain/next-step.js';
import { priceOfTokens, type ModelPrice } from '../domain/values/model-roles.js';
import type { RunEvent } from '../domain/run/events.js';
import type { Usage } from '../domain/plan/plan.js';
import { startTimer, untilAborted } from '../timing/limit.js';

/** What a run may use up in all, over all its processes; `timeMs` counts for one process alone. */
export interface Limits {
  steps?: number | undefined;
  modelCalls?: number | undefined;
  /** Input and output tokens together. */
  tokens?: number | undefined;
  /** US dollars. */
  cost?: number | undefined;
  timeMs?: number | undefined;
}

/** A limit was reached: the run is paused, and continues with a higher one. */
export class BudgetReached extends Error {
  override readonly name = 'BudgetReached';
  /** How to continue, for people. */
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** The limits of a run, with what is needed to count what it costs. */
export interface BudgetOptions {
  limits: Limits;
  /** By `provider/name`. */
  prices: ReadonlyMap<string, ModelPrice>;
  /** Name of the model that tools ask, for its price. */
  toolModel?: string | undefined;
}

/** The model calls of one effect, from their beginning until they are recorded. */
export interface OpenCalls {
  /**
   * Begins the first of them, once the limits have room for it beside those of other effects. Rejects with a
   * BudgetReached when the run may make no other call, and with the signal's reason.
   */
  begin(signal: AbortSignal): Promise<void>;
  /** The same for the next one, without waiting. `spent`: what those before it used. */
  beginNext(spent: Usage): void;
  /** Must be called just before they are recorded, or when they failed; does nothing the second time. */
  settle(): void;
}

/** Counts what a run and its sub-plans use up, and stops it before the next step or call. */
export class Budget {
  readonly #limits: Limits;
  readonly #prices: BudgetOptions['prices'];
  readonly #toolModel: string | undefined;
  readonly #startedSteps = new Set<string>();
  readonly #models = new Map<string, string>();
  readonly #deadline = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  /** Model calls that are under way, or made and not recorded yet. */
  #open = 0;
  /** Those that wait for one of them to be recorded. */
  #waiting: (() => void)[] = [];
  #modelCalls = 0;
  #tokens = 0;
  #cost = 0;
  /** The most that the calls of one effect used. */
  #most = { tokens: 0, cost: 0 };

  constructor({ limits, prices, toolModel }: BudgetOptions) {
    this.#limits = limits;
    this.#prices = prices;
    this.#toolModel = toolModel;
    const { timeMs } = limits;
    if (timeMs === undefined) return;
    const over = () => this.#deadline.abort(reached(`${timeMs / 1_000} s are over`, '--timeout'));
    // The timer itself need not keep the process alive: the work does.
    this.#timer = startTimer(timeMs, over).unref();
  }

  /** Aborted with a BudgetReached when the time is over; undefined without a limit of time. */
  get deadline(): AbortSignal | undefined {
    return this.#timer === undefined ? undefined : this.#deadline.signal;
  }

  /** Must be called when the run pauses. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** Counts what is recorded: in this process or one before it, in this run or a plan inside it. */
  count(event: RunEvent): void {
    switch (event.type) {
      case 'step.started':
        if (this.#limits.steps !== undefined) this.#startedSteps.add(`${event.run_id} ${event.path}`);
        return;
      case 'run.created':
        for (const { model, usage } of event.planning ?? []) this.#cost += this.#costOf(usage, model);
        return;
      case 'model.started':
        this.#models.set(event.key, event.model);
        return;
      case 'model.finished':
      case 'model.failed':
        this.#countCall(event.usage, this.#models.get(event.key));
        this.#models.delete(event.key);
        return;
      case 'tool.finished':
      case 'tool.failed':
      case 'warning':
        this.#countCall(event.usage, this.#toolModel);
        return;
      default:
        return;
    }
  }

  /** Adds what another budget has counted. */
  take(other: Budget): void {
    for (const key of other.#startedSteps) this.#startedSteps.add(key);
    for (const [key, model] of other.#models) this.#models.set(key, model);
    this.#modelCalls += other.#modelCalls;
    this.#tokens += other.#tokens;
    this.#cost += other.#cost;
    this.#raiseMost(other.#most);
  }

  /** Throws a BudgetReached when the run may begin no other step. */
  beforeStep(key: string): void {
    this.#deadline.signal.throwIfAborted();
    const { steps = Infinity } = this.#limits;
    if (this.#startedSteps.has(key) || this.#startedSteps.size < steps) return;
    const begun = steps === 1 ? '1 step has begun' : `${steps} steps have begun`;
    throw reached(`${begun}, as many as it may do`, '--max-steps');
  }

  /** Counts the model calls of one effect while they are under way. Default: those of the model that tools ask. */
  openCalls(model = this.#toolModel ?? ''): OpenCalls {
    let open = 0;
    const beginNext = (spent?: Usage) => {
      this.#throwIfReached(model, spent);
      this.#open += 1;
      open += 1;
    };
    return {
      begin: async (signal) => {
        while (!this.#hasRoom()) await untilAborted(this.#nextSettled(), signal);
        beginNext();
      },
      beginNext,
      settle: () => {
        this.#open -= open;
        open = 0;
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    };
  }

  /** Whether the limits hold when each call that is under way uses as much as the largest one so far. */
  #hasRoom(): boolean {
    const { tokens = Infinity, cost = Infinity } = this.#limits;
    const isReached = this.#tokens >= tokens || this.#cost >= cost;
    const isUnlimited = tokens === Infinity && cost === Infinity;
    if (this.#open === 0 || isReached || isUnlimited) return true;
    if (this.#most.tokens === 0) return false;
    return this.#tokens + this.#open * this.#most.tokens < tokens && this.#cost + this.#open * this.#most.cost < cost;
  }

  async #nextSettled(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #throwIfReached(model: string, spent: Usage | undefined): void {
    this.#deadline.signal.throwIfAborted();
    const { modelCalls = Infinity, tokens = Infinity, cost } = this.#limits;
    const calls = this.#modelCalls + this.#open;
    if (calls >= modelCalls) {
      throw reached(calls === 1 ? '1 model call is made' : `${calls} model calls are made`, '--max-model-calls');
    }
    const used = this.#tokens + tokensOf(spent);
    if (used >= tokens) throw reached(used === 1 ? '1 token is used' : `${used} tokens are used`, '--max-tokens');
    if (cost === undefined) return;
    const paid = this.#cost + this.#costOf(spent, model);
    if (paid >= cost) throw reached(`${paid.toFixed(4)} US dollars are spent`, '--max-cost');
    if (this.#prices.has(model)) return;
    throw new BudgetReached(noPrice(model), adviceText(givePrice(model)));
  }

  /** Throws a BudgetReached when the time is over. */
  beforeToolCall(): void {
    this.#deadline.signal.throwIfAborted();
  }

  #countCall(usage: Usage | undefined, model: string | undefined): void {
    if (usage === undefined) return;
    const used = { tokens: tokensOf(usage), cost: this.#costOf(usage, model ?? '') };
    this.#modelCalls += usage.calls;
    this.#tokens += used.tokens;
    this.#cost += used.cost;
    this.#raiseMost(used);
  }

  #raiseMost({ tokens, cost }: { tokens: number; cost: number }): void {
    this.#most = { tokens: Math.max(tokens, this.#most.tokens), cost: Math.max(cost, this.#most.cost) };
  }

  #costOf(usage: Usage | undefined, model: string): number {
    const price = this.#prices.get(model);
    if (price === undefined || usage === undefined) return 0;
    return priceOfTokens({ input: usage.input_tokens, output: usage.output_tokens }, price);
  }
}

function tokensOf(usage: Usage | undefined): number {
  return usage === undefined ? 0 : usage.input_tokens + usage.output_tokens;
}

function reached(what: string, flag: string): BudgetReached {
  return new BudgetReached(`The budget is used up: ${what}.`, `Continue with a higher ${flag}.`);
}

/** Why a limit of cost cannot be kept. */
export function noPrice(model: string): string {
  return `The price of ${model} is not known, and --max-cost needs it.`;
}

/** How a model gets its price. */
export function givePrice(model: string): Advice {
  const set = portia('config', 'set', `prices.${model}`, '{"input": 1.5, "output": 6}');
  return advice`Give its price in US dollars for a million tokens: ${set}`;
}
