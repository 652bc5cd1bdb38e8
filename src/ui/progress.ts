import type { Ora } from 'ora';

import type { Environment } from '../domain/environment.js';
import type { RunEvent } from '../domain/run/events.js';
import type { Step } from '../domain/plan/plan.js';
import type { Run } from '../domain/run/run.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { briefValue } from './brief-value.js';
import { eventLine, milestoneLine, progressLine, type StepLabel } from './event-line.js';
import type { Look } from './look.js';
import { LoopRounds } from './loop-rounds.js';
import { LoopTimes } from './loop-times.js';
import { NamedValues } from './named-values.js';
import { stepLines, type StepLine } from './step-lines.js';
import { oneLine } from '../domain/values/printable.js';
import { ComingTexts } from './coming-texts.js';
import { isInside, stepNumber, withoutRounds } from '../domain/plan/step-path.js';
import type { Streams } from './streams.js';
import { cutTo } from './text-width.js';
import { roomForTimes, timesText } from './time-left.js';
import { waited } from './times.js';

/** Shows a run on standard error while it happens. It knows only the events. */
export interface Progress {
  listener: (event: RunEvent) => void;
  /** Shows in the moving line how far a step's call is. */
  tell(told: { runId: string; path: string; text: string }): void;
  /** Shows in the moving line what a model says to a step: the end of it, or how much of it there is when it is JSON. */
  tellText(told: { runId: string; path: string; at: number; text: string; isJson: boolean }): void;
  /** Whether there is a moving line. */
  readonly isMoving: boolean;
  /** Hides the moving line, so that a prompt can be drawn; `resume` brings it back. */
  pause(): void;
  resume(): void;
  /** Removes the moving line. Finished lines stay. */
  stop(): void;
}

export interface ProgressOptions {
  streams: Pick<Streams, 'err' | 'terminal'>;
  environment: Environment;
  steps: Step[];
  /** The run as it was before, when it is resumed: its values are filled in. */
  before?: Run | undefined;
  look: Look;
  /** Every event on a line of its own, without a moving line. */
  verbose?: boolean | undefined;
}

export async function createProgress(options: ProgressOptions): Promise<Progress> {
  return new StepProgress(options, await openSpinner(options));
}

export type SpinnerOptions = Pick<ProgressOptions, 'streams' | 'environment' | 'look' | 'verbose'>;

/** The moving line, not yet begun; undefined where nothing can move. */
export async function openSpinner(options: SpinnerOptions): Promise<Ora | undefined> {
  return isLive(options) ? createSpinner(options) : undefined;
}

// The moving line needs cursor movements, which someone who switched colour off does not expect in the stream.
function isLive({ streams, environment, verbose }: SpinnerOptions): boolean {
  return verbose !== true && streams.err.isTerminal && streams.err.colour && environment['TERM'] !== 'dumb';
}

async function createSpinner({ streams, look }: SpinnerOptions): Promise<Ora> {
  const { default: ora } = await import('ora');
  return ora({
    stream: streams.terminal().output,
    spinner: look.symbols.ellipsis === '…' ? 'dots' : 'line',
    color: 'cyan',
    isEnabled: true,
    // Raw mode would keep Ctrl-C from becoming a signal.
    discardStdin: false,
  });
}

class StepProgress implements Progress {
  readonly #options: ProgressOptions;
  readonly #spinner: Ora | undefined;
  /** The plan's steps by path. */
  readonly #lines: ReadonlyMap<string, StepLine>;
  /** Arguments of the calls of steps that are described by nothing else. */
  readonly #calls = new Map<string, string>();
  readonly #values: NamedValues;
  /** Paths of the steps under way, with the time of their beginning. */
  readonly #running = new Map<string, number>();
  /** How far the calls of these steps are, by path. */
  readonly #told = new Map<string, string>();
  readonly #coming: ComingTexts;
  readonly #rounds: LoopRounds;
  readonly #times: LoopTimes;
  /** When each of them began what it does now: itself, or its call. By the clock of `performance.now()`. */
  readonly #since = new Map<string, number>();
  /** When the last question was answered. */
  #resumedAt = 0;
  /** Since when the line makes room for a question. */
  #pausedAt: number | undefined;
  #runId: string | undefined;

  constructor(options: ProgressOptions, spinner: Ora | undefined) {
    this.#options = options;
    this.#spinner = spinner;
    this.#coming = new ComingTexts(options.look);
    if (spinner !== undefined) spinner.suffixText = () => options.look.colour.dim(this.#timesText());
    this.#rounds = LoopRounds.ofSteps(options.before?.steps ?? []);
    this.#times = new LoopTimes(this.#rounds);
    this.#lines = new Map(stepLines(options.steps).map((line) => [line.path, line]));
    this.#values = options.before === undefined ? new NamedValues() : NamedValues.ofRun(options.before);
  }

  readonly listener = (event: RunEvent): void => {
    const { look, verbose } = this.#options;
    this.#runId ??= event.run_id;
    // What a run inside this one does is a matter of one step here.
    if (event.run_id !== this.#runId && verbose !== true) return;
    this.#learn(event);
    this.#times.add(event, this.#running.keys());
    const label = this.#labelOf(event);
    this.#follow(event);
    const line = verbose === true ? eventLine(event, look) : this.#lineOf(event, label);
    if (line !== undefined) this.#print(line);
    else this.#draw();
  };

  tell({ runId, path, text }: { runId: string; path: string; text: string }): void {
    if (runId !== this.#runId || !this.#running.has(path)) return;
    this.#told.set(path, oneLine(text));
    this.#draw();
  }

  tellText(told: Parameters<Progress['tellText']>[0]): void {
    if (told.runId !== this.#runId || !this.#running.has(told.path)) return;
    this.#coming.add(told);
    this.#draw();
  }

  get isMoving(): boolean {
    return this.#spinner !== undefined;
  }

  /** Of a long loop only its milestones, where no line moves, and what went wrong. */
  #lineOf(event: RunEvent, label: StepLabel): string | undefined {
    if (event.type === 'step.started') {
      return this.#spinner === undefined ? this.#milestoneOf(event.path) : undefined;
    }
    const isNews = event.type !== 'step.completed' && event.type !== 'step.skipped';
    return isNews || !this.#rounds.isInLong(event.path) ? progressLine(event, label, this.#options.look) : undefined;
  }

  pause(): void {
    this.#pausedAt ??= performance.now();
    this.#spinner?.stop();
  }

  resume(): void {
    this.#resumedAt = performance.now();
    if (this.#pausedAt !== undefined) this.#times.addIdle(this.#resumedAt - this.#pausedAt);
    this.#pausedAt = undefined;
    this.#draw();
  }

  stop(): void {
    this.#running.clear();
    this.#spinner?.stop();
  }

  #labelOf(event: RunEvent): StepLabel {
    if (!('path' in event) || event.path === undefined) return { text: '', ms: undefined };
    const started = this.#running.get(event.path);
    const ms = started === undefined ? undefined : Date.parse(event.ts) - started;
    return {
      text: this.#textOf(event.path, true),
      ms,
      isFailure: this.#lines.get(withoutRounds(event.path))?.isFailure === true,
    };
  }

  /** Tool, where the loops are, and what the step does, with the values of this run. */
  #textOf(path: string, isDone: boolean): string {
    const line = this.#lines.get(withoutRounds(path));
    if (line === undefined) return '';
    const { look } = this.#options;
    const does = line.text === '' ? (this.#calls.get(path) ?? '') : this.#values.fill(line.text, path, look);
    const rounds = isDone ? this.#rounds.doneText(path) : this.#rounds.textOf(path);
    const at = [this.#rounds.text(path), this.#values.loopText(path, look, SHOWN), rounds];
    return [line.who, ...at, does].filter((text) => text !== '').join('  ');
  }

  #milestoneOf(path: string): string | undefined {
    const { look } = this.#options;
    const milestone = this.#rounds.milestoneAt(path);
    const line = this.#lines.get(withoutRounds(milestone?.loop ?? ''));
    if (milestone === undefined) return undefined;
    return milestoneLine(milestone, { who: line?.who ?? '', item: this.#values.loopText(path, look, SHOWN), look });
  }

  #learn(event: RunEvent): void {
    switch (event.type) {
      case 'run.created':
        this.#values.addInputs(event.plan_run_inputs);
        break;
      case 'step.started':
        this.#rounds.add(event);
        this.#values.addItems(event.path, event.items);
        this.#values.forgetOld(event.path);
        break;
      case 'step.completed':
        this.#values.addRecord(event);
        break;
      case 'tool.started':
        if ('value' in event.args) this.#calls.set(event.path, argumentsText(event.args.value, this.#options.look));
        break;
      default:
    }
  }

  #follow(event: RunEvent): void {
    switch (event.type) {
      case 'step.started':
        this.#running.set(event.path, Date.parse(event.ts));
        this.#since.set(event.path, momentOf(event));
        break;
      case 'tool.started':
        this.#told.delete(event.path);
        this.#since.set(event.path, momentOf(event));
        break;
      case 'model.started':
        this.#since.set(event.path, momentOf(event));
        break;
      case 'model.finished':
      case 'model.failed':
        this.#coming.forget(event.path);
        break;
      case 'step.completed':
      case 'step.skipped':
      case 'step.failed':
        this.#running.delete(event.path);
        if (event.type !== 'step.failed') this.#calls.delete(event.path);
        this.#told.delete(event.path);
        this.#since.delete(event.path);
        this.#coming.forget(event.path);
        break;
      case 'run.paused':
      case 'run.interrupted':
      case 'run.completed':
      case 'run.failed':
      case 'run.cancelled':
        this.#running.clear();
        break;
      default:
    }
  }

  #print(line: string): void {
    this.#spinner?.stop();
    void this.#options.streams.err.write(`${line}\n`);
    this.#draw();
  }

  #draw(): void {
    if (this.#spinner === undefined || this.#pausedAt !== undefined) return;
    const paths = [...this.#running.keys()];
    const last = this.#shown();
    if (last === undefined) {
      this.#spinner.stop();
      return;
    }
    const besides = paths.filter((path) => path !== last && paths.every((other) => !isInside(other, path))).length;
    const others = besides === 0 ? '' : ` (and ${besides} more)`;
    const { look } = this.#options;
    // How far it is comes first, where a narrow line still has it.
    const told = this.#told.get(last) ?? this.#coming.textOf(last);
    const text = [stepNumber(last), told, this.#textOf(last, false)].filter(Boolean).join(' ');
    const beside = others.length + 4 + roomForTimes(this.#leftText(), look);
    // A line that wraps could not be taken away again.
    this.#spinner.text = cutTo(text, look.columns - beside, look.symbols.ellipsis) + others;
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }

  /** The step that the moving line shows: the one that a model speaks to, else the newest. */
  #shown(): string | undefined {
    const { newest } = this.#coming;
    return newest !== undefined && this.#running.has(newest) ? newest : [...this.#running.keys()].at(-1);
  }

  #leftText(): string {
    return this.#times.text(this.#shown() ?? '', Date.now());
  }

  #timesText(): string {
    const now = performance.now();
    const since = Math.max(this.#since.get(this.#shown() ?? '') ?? now, this.#resumedAt);
    return timesText(waited(now - since), this.#leftText(), this.#options.look);
  }
}

/** When an event was recorded, by the clock of `performance.now()`: it may have been in another process, some time ago. */
function momentOf({ ts }: RunEvent): number {
  return performance.now() - Math.max(0, Date.now() - Date.parse(ts));
}

/** Cells of one value in a line. */
const SHOWN = 32;

function argumentsText(args: Json, look: Look): string {
  if (!isJsonObject(args)) return '';
  return Object.entries(args)
    .map(([name, value]) => `${oneLine(name)}: ${briefValue(value, SHOWN, look)}`)
    .join(', ');
}
