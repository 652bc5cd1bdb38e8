import type { KeptRequest } from '../domain/run/events.js';
import { MOST_REQUEST_BYTES } from '../domain/run/model-exchange.js';
import type { ToolModelCall } from '../domain/run/tool-model-calls.js';
import type { Usage } from '../domain/plan/plan.js';
import { sumUsage } from '../domain/plan/usage.js';
import { toJson } from '../domain/values/json.js';
import { BrokenReply, type ModelMessage } from '../models/model.js';
import { startClock } from '../timing/clock.js';
import type { ToolEnvironment } from '../tools/tool.js';
import { askedInVain, MOST_TIMES_ASKED, usageOfBroken } from './model-call.js';
import { toMessages } from './prompts/prompt.js';
import type { StepContext } from './run-context.js';
import { withNamedImages } from './seen-images.js';

type Prompt = Parameters<ToolEnvironment['askModel']>[0];

/** What one call of a tool asks of models by itself. */
export class ToolModels {
  readonly #context: StepContext;
  readonly #calls;
  readonly #clock = startClock();
  readonly #spent: Usage[] = [];
  readonly #made: ToolModelCall[] = [];
  #room = MOST_REQUEST_BYTES;
  #hasAsked = false;

  constructor(context: StepContext) {
    this.#context = context;
    this.#calls = context.budget.openCalls();
  }

  /** Asks when the limits of the run have room for it, and again after a broken reply. */
  async ask(prompt: Prompt, signal: AbortSignal): Promise<string> {
    for (let asked = 1; ; asked += 1) {
      await this.#begin();
      const began = this.#clock();
      try {
        let usage: Usage | null = null;
        const reply = await this.#context.services.environment.askModel(prompt, signal, (used) => {
          usage = used;
          this.#spent.push(used);
        });
        this.#keep(prompt, reply, { after_ms: began, ms: this.#clock() - began, usage });
        return reply;
      } catch (error) {
        if (!(error instanceof BrokenReply)) throw error;
        this.#spent.push(usageOfBroken(error));
        if (asked === MOST_TIMES_ASKED) throw askedInVain(error, asked);
      }
    }
  }

  /** What all of them used; undefined when there was none. */
  get usage(): Usage | undefined {
    return this.#spent.length === 0 ? undefined : sumUsage(...this.#spent);
  }

  /** Keeps what was sent and said, where that is to be kept. */
  async keep(): Promise<KeptRequest | undefined> {
    const made = toJson(this.#made);
    return this.#made.length > 0 && made.ok ? this.#context.recorder.keepRequest(made.value) : undefined;
  }

  /** Must be called just before the call is recorded, or when it failed. */
  settle(): void {
    this.#calls.settle();
  }

  async #begin(): Promise<void> {
    if (this.#hasAsked) return this.#calls.beginNext(sumUsage(...this.#spent));
    this.#hasAsked = true;
    await this.#calls.begin(this.#context.signal);
  }

  #keep(prompt: Prompt, text: string, about: Pick<ToolModelCall, 'after_ms' | 'ms' | 'usage'>): void {
    const { recorder, services } = this.#context;
    if (!services.settings.recordRequests) return;
    const sent = toJson(recorder.redact(withNamedImages({ messages: messagesOf(prompt) })));
    if (!sent.ok) return;
    const said = { request: sent.value, reply: { text: recorder.redact(text) } };
    this.#room -= Buffer.byteLength(JSON.stringify(said)) + BYTES_BESIDE;
    const kept = this.#room < 0 ? { request: null, reply: null } : said;
    this.#made.push({ model: services.modelId('execution') ?? '', ...about, ...kept });
  }
}

/** Of a call, beside what was sent and said. */
const BYTES_BESIDE = 500;

function messagesOf({ system, text, images }: Prompt): ModelMessage[] {
  const messages = toMessages({ system: system ?? '', user: text, images });
  return system === undefined ? messages.slice(1) : messages;
}
