import type { Usage } from '../domain/plan/plan.js';
import { tokenMark } from '../domain/plan/usage.js';
import { waitText } from '../domain/run/pause-transitions.js';
import { selectorName } from '../domain/run/clarification.js';
import type { EventOf, Recorded, RunEvent } from '../domain/run/events.js';
import { personText } from '../domain/run/person.js';
import { briefOutput, briefValue, byteSize, count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import { statusMark } from './run-state.js';
import { isInside, stepNumber } from '../domain/plan/step-path.js';
import { cutTo, wrapTo } from './text-width.js';
import { duration } from './times.js';

/** Any event on one plain line, for `-v` and PORTIA_LOG_LEVEL=debug: time, type, what it says. Without a newline. */
export function eventLine(event: RunEvent, look: Look): string {
  const time = event.ts.slice(11, 23);
  return `${look.colour.dim(time)} ${look.colour.cyan(oneLine(event.type))} ${eventText(event, look)}`.trimEnd();
}

/** What the event says, beside its time and type: one printable line. */
export function eventText(event: RunEvent, look: Look): string {
  const details = eventDetails(event, look).filter((part) => part !== '');
  return oneLine(details.join(' '));
}

function eventDetails(event: RunEvent, look: Look): string[] {
  switch (event.type) {
    case 'step.started':
      return [step(event.path), event.attempt > 1 ? `attempt ${event.attempt}` : ''];
    case 'step.completed':
      return [step(event.path), outputText(event, look), failedItemsText(event)];
    case 'step.skipped':
      return [step(event.path), event.reason];
    case 'step.failed':
      return [step(event.path), `[${event.error.code}]`, event.error.message, caughtText(event)];
    case 'step.settled':
      return [step(event.path), event.how, `by ${event.channel}`, event.by === undefined ? '' : personText(event.by)];
    case 'wait.started':
      return [step(event.path), waitText(event)];
    case 'signal.received':
      return [step(event.path), recordedText(event.data, look)];
    case 'condition.evaluated':
      return [step(event.path), event.outcome, event.reason];
    case 'model.started':
      return [step(event.path), event.role, event.model];
    case 'model.finished':
      return [step(event.path), duration(event.ms), tokens(event.usage), recordedText(event.reply, look)];
    case 'model.failed':
      return [
        step(event.path),
        duration(event.ms),
        `[${event.error.code}]`,
        `${event.error.message}${event.asked_again ? ' Asked again.' : ''}${event.fallback ? ` ${event.fallback} is asked instead.` : ''}`,
      ];
    case 'tool.started':
      return [step(event.path), event.tool_id, `(${event.effect})`, recordedText(event.args, look)];
    case 'tool.finished':
      return [step(event.path), event.tool_id, duration(event.ms), outcomeText(event, look)];
    case 'tool.changed':
      return [event.tool_id, event.file ?? '', `accepted by ${event.channel}`];
    case 'tool.failed':
      return [step(event.path), event.tool_id, duration(event.ms), event.message];
    default:
      return otherDetails(event, look);
  }
}

function outcomeText({ outcome }: EventOf<'tool.finished'>, look: Look): string {
  switch (outcome.kind) {
    case 'output':
      return recordedText(outcome.output, look);
    case 'clarifications':
      return 'asks a question';
    case 'too-large':
      return `gave ${byteSize(outcome.bytes)}, which is too much to keep`;
  }
}

type StepEventType = Exclude<
  RunEvent['type'],
  | `run.${string}`
  | `clarification.${string}`
  | 'readiness.checked'
  | `hook.${string}`
  | 'approval.given'
  | 'answer.given'
  | 'consents.confirmed'
  | 'memory.stored'
  | 'warning'
>;

function otherDetails(event: Exclude<RunEvent, { type: StepEventType }>, look: Look): string[] {
  switch (event.type) {
    case 'run.created':
      return [event.run_id, 'of', event.plan_id];
    case 'run.imported':
      return [event.run_id, event.snapshot.state];
    case 'run.queued':
      return [event.run_id, event.wake_at === undefined ? '' : `from ${event.wake_at}`];
    case 'run.placed':
      return [`keeps to ${event.host}, which has its files`];
    case 'run.started':
    case 'run.resumed':
      return [event.run_id];
    case 'run.paused':
      return [event.reason, event.error?.message ?? '', `next: ${event.next}`];
    case 'run.interrupted':
      return [event.signal];
    case 'run.completed':
      return event.final_output === null ? [] : [briefOutput(event.final_output, SHOWN, look)];
    case 'run.failed':
      return [`[${event.error.code}]`, event.error.message];
    case 'run.cancelled':
      return [event.reason];
    case 'readiness.checked':
      return event.waiting.length === 0
        ? ['every tool is ready']
        : event.waiting.map(({ tool_id: id, provider }) => `${id} waits for ${provider}`);
    case 'hook.called':
      return [hookPlace(event), event.hook, 'changed nothing'];
    case 'hook.changed':
      return [hookPlace(event), event.hook, event.did.join(' and '), recordedText(event.reply, look)];
    case 'hook.failed':
      return [hookPlace(event), event.hook, event.error.message];
    case 'clarification.raised':
      return [event.clarification.category, selectorName(event.clarification), event.clarification.user_guidance];
    case 'clarification.joined':
      return [event.path === undefined ? '' : step(event.path), `waits for ${event.id}, too`];
    case 'clarification.expired':
      return [event.id, 'nobody answered in time'];
    case 'approval.given':
    case 'clarification.resolved':
      // The answer may be a secret, and the log of a terminal is not the place for it.
      return [event.id, `by ${event.channel}`, event.by === undefined ? '' : personText(event.by)];
    case 'answer.given':
      return [event.selector, `by ${event.channel}`, event.by === undefined ? '' : personText(event.by)];
    case 'consents.confirmed':
      return [`${event.consents.length} recorded`, event.by === undefined ? '' : personText(event.by)];
    case 'memory.stored':
      return [step(event.path), byteSize(event.bytes)];
    case 'warning':
      return [event.path === undefined ? '' : step(event.path), event.message];
    default:
      // A log of a newer version may hold types that are not known here.
      return [];
  }
}

function caughtText({ caught_by: by }: EventOf<'step.failed'>): string {
  return by === undefined ? '' : `caught by on_error of ${step(by)}`;
}

function failedItemsText({ failed }: EventOf<'step.completed'>): string {
  return failed === undefined ? '' : `${count(failed.count, 'item')} failed`;
}

/** Cells of a value in a line of the log. */
const SHOWN = 60;

function hookPlace({ path }: { path?: string | undefined }): string {
  return path === undefined ? '' : step(path);
}

function step(path: string): string {
  return `step ${stepNumber(path)}`;
}

function outputText(event: Extract<RunEvent, { type: 'step.completed' }>, look: Look): string {
  const value = event.output === undefined ? '' : briefOutput(event.output, SHOWN, look);
  return event.output_name === undefined ? value : `${look.symbols.to} ${event.output_name} = ${value}`;
}

function recordedText(recorded: Recorded, look: Look): string {
  if ('value' in recorded) return briefValue(recorded.value, SHOWN, look);
  return recorded.memory.bytes === undefined ? '(kept aside)' : `(${byteSize(recorded.memory.bytes)}, kept aside)`;
}

function tokens(usage: Usage): string {
  return `${tokenMark(usage)}${usage.input_tokens}+${usage.output_tokens} tokens`;
}

/** Cells of a failure while the run continues: what it ends with is shown whole. */
const MOST_OF_FAILURE = 400;

/** What the short lines know of a step beside its events. */
export interface StepLabel {
  /** Tool and task, printable. */
  text: string;
  /** It is an `exit` with an error: once it is done, the run has failed. */
  isFailure?: boolean;
  /** Milliseconds since the step began; undefined when the beginning was not seen. */
  ms: number | undefined;
}

/**
 * The event as a line of the normal progress: how each step ended, what the run waits for, how it ended.
 * Undefined for events that are not news to a person. Without a newline, within the look's columns.
 */
export function progressLine(event: RunEvent, label: StepLabel, look: Look): string | undefined {
  switch (event.type) {
    case 'step.completed':
      return stepLine(event.path, {
        status: label.isFailure === true ? 'failed' : 'completed',
        label,
        look,
        ...(event.failed !== undefined && { more: `${failedItemsText(event)}; the run continues` }),
      });
    case 'step.skipped':
      return stepLine(event.path, { status: 'skipped', label, look, more: `skipped: ${event.reason}` });
    case 'step.failed':
      // A block fails because of a step inside, which has shown it.
      return stepLine(event.path, {
        status: 'failed',
        label,
        look,
        ...(!isInside(event.error.step, event.path) && {
          more: cutTo(oneLine(event.error.message), MOST_OF_FAILURE),
        }),
      });
    case 'run.cancelled':
      return `${look.colour.red(look.symbols.failed)} cancelled: ${oneLine(event.reason)}`;
    case 'warning':
      return `${look.colour.yellow(look.symbols.warning)} ${oneLine(event.message)}`;
    default:
      return undefined;
  }
}

/** Where a long loop is, for a log in which not every round has lines. Without a newline. */
export function milestoneLine(
  at: { loop: string; round: number; of: number | undefined },
  { who, item, look }: { who: string; item: string; look: Look },
): string {
  const rounds = at.of === undefined ? `round ${at.round}` : `${at.round} of ${at.of}`;
  const text = [who, rounds, item].filter((part) => part !== '').join('  ');
  const number = stepNumber(at.loop).padStart(2);
  const room = look.columns - number.length - 3;
  return `${number} ${look.colour.cyan(look.symbols.running)} ${cutTo(text, room, look.symbols.ellipsis)}`;
}

function stepLine(
  path: string,
  at: { status: 'completed' | 'skipped' | 'failed'; label: StepLabel; look: Look; more?: string },
): string {
  const { label, look } = at;
  const mark = statusMark(at.status, look);
  const time = label.ms === undefined ? '' : `  ${duration(label.ms)}`;
  const number = stepNumber(path).padStart(2);
  const room = look.columns - number.length - 3 - time.length;
  const text = cutTo(label.text, room, look.symbols.ellipsis);
  const head = `${number} ${mark.paint?.(mark.text) ?? mark.text} ${text}${look.colour.dim(time)}`;
  const more = at.more === undefined ? [] : wrapTo(oneLine(at.more), look.columns - 5);
  return [head, ...more.map((line) => `     ${line}`)].join('\n');
}
