import { messageOf } from '../../domain/errors.js';
import { adviceText, portia } from '../../domain/next-step.js';
import { isJsonObject, type Json, type JsonSchema } from '../../domain/values/json.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import { boundHost, isWithinHost } from '../browser-host-name.js';
import { PageFault, type BrowserSession, type PageView } from '../browser-port.js';
import { compileSchema, type CheckValue } from '../json-schema.js';
import { newMarks } from '../new-marks.js';
import { notDone } from '../not-done.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { browsePrompt } from './browse-prompt.js';
import { nameStep, readStep, type BrowseStep } from './browse-step.js';

/** What a call of a browser tool is asked to do. */
export interface BrowseWork {
  start: URL;
  /** Whether only pages of that host are opened. */
  isBound: boolean;
  task: string;
  data?: Json | undefined;
  schema?: JsonSchema | undefined;
}

/** Default of the settings `max_steps` and `max_seconds`. */
const MOST_STEPS = 30;
const MOST_SECONDS = 900;

const SIGN_IN = 'the user was asked to sign in, and says that it is done';

/** Does the task in a browser, step by step as a model says. What may have acted and then broke off is thrown. */
export async function browse(work: BrowseWork, context: ToolContext): Promise<ToolResult> {
  const { browser, setting } = context.environment;
  if (browser === undefined) return notDone('No browser can be started here.');
  const found = await browser.find();
  if (!found.ok) return notDone(`${found.why} ${found.fix}`);
  let check: CheckValue | undefined;
  try {
    check = work.schema === undefined ? undefined : await compileSchema(work.schema);
  } catch (error) {
    return notDone(messageOf(error));
  }
  const limit = { steps: MOST_STEPS, seconds: MOST_SECONDS };
  const [steps, seconds] = [setting('browser_tool', 'max_steps'), setting('browser_tool', 'max_seconds')];
  if (typeof steps === 'number') limit.steps = steps;
  if (typeof seconds === 'number') limit.seconds = seconds;
  const { start, isBound } = work;
  const { endUserId, runId, signal } = context;
  let session: BrowserSession;
  try {
    session = await browser.start({ start, isBound, endUserId, runId }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return notDone(`The browser cannot be started: ${messageOf(error)}`, true);
  }
  try {
    return await new Browse(work, { context, session, check, limit }).run();
  } finally {
    await session.end();
  }
}

interface BrowseParts {
  context: ToolContext;
  session: BrowserSession;
  check: CheckValue | undefined;
  limit: { steps: number; seconds: number };
}

/** What was done before the user was asked. */
interface Kept {
  url: string;
  done: string[];
}

class Browse {
  readonly #work: BrowseWork;
  readonly #parts: BrowseParts;
  readonly #signal: AbortSignal;
  readonly #late: AbortSignal;
  readonly #done: string[];
  readonly #first: string;
  #hasActed = false;
  #view: PageView = { url: '', title: '', snapshot: '', notes: [] };

  constructor(work: BrowseWork, parts: BrowseParts) {
    const { context, limit } = parts;
    const kept = readKept(context.kept);
    this.#work = work;
    this.#parts = parts;
    this.#late = AbortSignal.timeout(limit.seconds * 1_000);
    this.#signal = AbortSignal.any([context.signal, this.#late]);
    this.#done = kept === undefined ? [] : [...kept.done, SIGN_IN];
    this.#first = kept?.url ?? work.start.href;
  }

  async run(): Promise<ToolResult> {
    const { context, limit } = this.#parts;
    try {
      const opened = await this.#do({ do: 'open', url: this.#first });
      if (opened !== undefined) return notDone(`${shownUrl(this.#first)} cannot be opened: ${opened}`, true);
      for (let step = 1; step <= limit.steps; step += 1) {
        const result = await this.#step(limit.steps - step);
        if (result !== undefined) return result;
      }
      return this.#failure(`The task was not done in ${limit.steps} steps (max_steps).`);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!this.#late.aborted) {
        if (this.#hasActed) throw error;
        return notDone(messageOf(error), true);
      }
      return this.#failure(`The task was not done in ${limit.seconds} seconds (max_seconds).`);
    }
  }

  /** One reply of the model, and what it asks for; the result of the call when it is the last. */
  async #step(stepsLeft: number): Promise<ToolResult | undefined> {
    const { context, session } = this.#parts;
    const prompt = browsePrompt({ ...this.#work, done: this.#done, view: this.#view, stepsLeft }, newMarks());
    const read = readStep(await context.environment.askModel(prompt, this.#signal));
    this.#view = { ...this.#view, image: undefined };
    if (!read.ok) return this.#remember(read.problem);
    const { step } = read;
    context.progress(nameStep(step, this.#view));
    switch (step.do) {
      case 'done':
        return this.#finish(step.result);
      case 'give_up':
        return this.#failure(`It was given up: ${step.why}`);
      case 'sign_in':
        await session.keep(this.#signal);
        return this.#askToSignIn();
      default: {
        const name = nameStep(step, this.#view);
        const problem = this.#refusal(step) ?? (await this.#do(step));
        this.#remember(problem === undefined ? `${name}: now at ${this.#view.url}` : `${name}: not done. ${problem}`);
        return undefined;
      }
    }
  }

  #remember(line: string): undefined {
    this.#done.push(`${this.#done.length + 1}. ${line}`);
  }

  /** Why the step is not taken. */
  #refusal(step: BrowseStep): string | undefined {
    if (step.do !== 'open') return undefined;
    const { isBound, start } = this.#work;
    if (!URL.canParse(step.url) || !/^https?:$/.test(new URL(step.url).protocol)) {
      return 'Only whole http and https addresses are opened.';
    }
    if (isBound && !isWithinHost(step.url, boundHost(start))) return `Only pages of ${boundHost(start)} are opened.`;
    return undefined;
  }

  /** What the page says against it; undefined when it was done. */
  async #do(step: Parameters<BrowserSession['act']>[0]): Promise<string | undefined> {
    // Before it is known: a click that fails may have acted.
    if (['click', 'type', 'select'].includes(step.do)) this.#hasActed = true;
    try {
      this.#view = await this.#parts.session.act(step, this.#signal);
      return undefined;
    } catch (error) {
      if (error instanceof PageFault) return error.message;
      throw error;
    }
  }

  async #finish(result: Json): Promise<ToolResult | undefined> {
    const { check, session } = this.#parts;
    const problems =
      check?.(result) ?? (typeof result === 'string' ? [] : [{ pointer: '', message: 'must be a text' }]);
    if (problems.length > 0) {
      const told = problems.slice(0, 5).map(({ pointer, message }) => `${pointer === '' ? 'it' : pointer} ${message}`);
      return this.#remember(`done: not taken. The result does not fit: ${told.join('; ')}`);
    }
    await session.keep(this.#signal);
    const warnings = session.downloads.map(
      ({ name, file, bytes }) => `${name} was downloaded to ${file} (${bytes} bytes).`,
    );
    const summary = `${this.#done.length} steps; at last at ${shownUrl(this.#view.url)}`;
    return { kind: 'output', value: result, summary, ...(warnings.length > 0 && { warnings }) };
  }

  /** In words of ours: a page must not choose what a person is asked. */
  #askToSignIn(): ToolResult {
    const { url } = this.#view;
    const kept: Kept = { url, done: this.#done };
    const command = adviceText(portia('tools', 'sign-in', this.#work.start.origin));
    return {
      kind: 'clarifications',
      clarifications: [
        {
          category: 'Action',
          user_guidance: `The page at ${new URL(url).host} needs you to sign in. Sign in, then say that it is done: ${command}`,
          action_url: url,
          require_confirmation: true,
        },
      ],
      kept: { ...kept },
    };
  }

  #failure(message: string): ToolResult {
    const done = this.#done.length === 0 ? '' : ` Done before:\n${this.#done.join('\n')}`;
    return {
      kind: 'failure',
      message: `${message}${done}`,
      retryable: false,
      ...(!this.#hasActed && { notDone: true }),
    };
  }
}

function readKept(kept: Json | undefined): Kept | undefined {
  if (!isJsonObject(kept) || typeof kept['url'] !== 'string' || !Array.isArray(kept['done'])) return undefined;
  return { url: kept['url'], done: kept['done'].filter((line) => typeof line === 'string') };
}
