import { diffLines } from 'diff';

import { assertNever } from '../domain/errors.js';
import type { Difference } from '../domain/recording/differences.js';
import { explainMiss, sameParts } from '../domain/recording/explain.js';
import type { RecordedModel, RecordedTool } from '../domain/recording/recorded-call.js';
import type { RunResult, StepResult } from '../domain/recording/recording.js';
import type { Note } from '../domain/recording/shelf.js';
import type { CommandStep } from '../domain/next-step.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { briefValue, count } from './brief-value.js';
import { changeLines, markedLines, type Mark } from './diff-lines.js';
import type { Look } from './look.js';
import { limitLines } from './step-layout.js';
import { wrapTo } from './text-width.js';

/** What came of playing one run. */
export interface ReplayedRun {
  /** What people call it: its id, or the file that it is in. */
  name: string;
  differences: readonly Difference[];
  notes: Readonly<Record<Note, number>>;
  /** Model and tool calls that were given from the recording. */
  calls: number;
  /** The step before which it was to stop. */
  stoppedAt?: string | undefined;
  /** What records it anew. */
  again: CommandStep;
}

/** Each run with what differs, and how many there are. Ends with a newline. */
export function replayView(runs: readonly ReplayedRun[], look: Look): string {
  const lines = runs.flatMap((run) => runLines(run, look));
  const differing = runs.filter(({ differences }) => differences.length > 0).length;
  const total = `${count(runs.length, 'run')}: ${runs.length - differing} same, ${differing} ${differing === 1 ? 'differs' : 'differ'}`;
  return `${[...lines, ...(runs.length > 1 ? ['', total] : [])].join('\n')}\n`;
}

function runLines(run: ReplayedRun, look: Look): string[] {
  const { name, differences, calls, stoppedAt, again } = run;
  const { colour, spell, symbols } = look;
  const isSame = differences.length === 0;
  const verdict = isSame ? colour.green('same') : colour.red('differs');
  const until = stoppedAt === undefined ? '' : `, until step ${stepNumber(stoppedAt)}`;
  const played = colour.dim(`${symbols.separator} ${count(calls, 'call')} played, 0 made${until}`);
  return [
    `${oneLine(name)}  ${verdict} ${played}`,
    ...noteLines(run.notes, look),
    ...differenceLines(differences, look).map((line) => `  ${line}`.trimEnd()),
    ...(differences.some(isMissed) ? [`  To record it anew: ${spell(again)}`] : []),
  ];
}

const isMissed = ({ kind }: Difference) => kind === 'call changed' || kind === 'call new';

/** What is not counted as a difference. */
export function noteLines(notes: Readonly<Record<Note, number>>, { colour }: Look): string[] {
  const { moved, wording, model } = notes;
  return [
    ...(wording === 0 ? [] : [`note: portia's own words differ in ${count(wording, 'request')}`]),
    ...(model === 0 ? [] : [`note: another model was named in ${count(model, 'request')}`]),
    ...(moved === 0 ? [] : [`note: ${count(moved, 'call')} stood at another step`]),
  ].map((line) => `  ${colour.dim(line)}`);
}

/** Lines of all differences, without an indent. */
export function differenceLines(differences: readonly Difference[], look: Look): string[] {
  return differences.flatMap((difference) => linesOf(difference, look));
}

function linesOf(difference: Difference, look: Look): string[] {
  const width = look.columns - 4;
  const marked = (mark: Mark, text: string) => markedLines(mark, wrapTo(text, width), look);
  switch (difference.kind) {
    case 'call changed':
    case 'call new': {
      const { now } = difference;
      const mark = difference.kind === 'call new' ? '+' : '~';
      return [
        ...marked(mark, `${placeText(now.at)}  ${difference.kind}: ${oneLine(now.name)}`),
        ...missLines(difference, look),
      ];
    }
    case 'call gone':
      return marked('-', `${placeText(difference.before.at)}  call no longer made: ${nameOf(difference.before)}`);
    case 'question new':
      return marked('+', `${placeText(difference.at)}  question new: ${oneLine(difference.guidance)}`);
    case 'question gone':
      return marked(
        '-',
        `${placeText(difference.before.at)}  question no longer asked: ${oneLine(difference.before.question.user_guidance)}`,
      );
    case 'step changed':
      return marked(
        '~',
        `step ${stepNumber(difference.path)}  output changed: ${resultText(difference.before, look)} ${look.symbols.to} ${resultText(difference.now, look)}`,
      );
    case 'step new':
      return marked('+', `step ${stepNumber(difference.path)}  done now: ${resultText(difference.now, look)}`);
    case 'end changed':
      return marked(
        '~',
        `run  ended otherwise: ${endText(difference.before, look)} ${look.symbols.to} ${endText(difference.now, look)}`,
      );
    default:
      return assertNever(difference);
  }
}

const INDENT = '    ';

function missLines(difference: Extract<Difference, { kind: 'call changed' | 'call new' }>, look: Look): string[] {
  const { nearest, isUsed, changes, texts } = explainMiss(difference);
  const about = aboutNearest(difference, { nearest, isUsed });
  const wrapped = wrapTo(about, look.columns - 6).map((line) => INDENT + line);
  const texted = texts === undefined ? [] : textLines(texts, look).map((line) => INDENT + line);
  return [...wrapped, ...changeLines(changes, look), ...texted];
}

function aboutNearest(
  difference: Extract<Difference, { kind: 'call changed' | 'call new' }>,
  { nearest, isUsed }: { nearest: RecordedModel | RecordedTool | undefined; isUsed: boolean },
): string {
  if (nearest === undefined) return 'Nothing like it is recorded.';
  const where = placeText(nearest.at);
  if (isUsed) return `It is recorded once, for ${where}, and was given there already.`;
  if (difference.kind === 'call new') return `The most similar call is recorded for ${where}.`;
  const same = sameParts(difference);
  const kept = same.length === 0 ? '' : `; as recorded: ${same.join(', ')}`;
  return `Not as recorded: ${difference.parts.map(oneLine).join(', ')}${kept}.`;
}

/** The lines that differ, without those around them. */
function textLines({ before, now }: { before: string; now: string }, look: Look): string[] {
  const changes = diffLines(before, now).filter(({ added, removed }) => added || removed);
  const lines = changes.flatMap(({ added, value }) => {
    const texts = value
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => printable(line));
    return texts.flatMap((text) => markedLines(added ? '+' : '-', wrapTo(text, look.columns - 8), look));
  });
  return limitLines(lines, look, {});
}

/** `step 3, call 2` for `2/1/2`. */
function placeText(at: string): string {
  const end = at.lastIndexOf('.plan.');
  const key = at.slice(end === -1 ? 0 : end);
  const path = at.slice(0, at.length - key.length + key.indexOf('/'));
  const [attempt = '1', ...rest] = key.slice(key.indexOf('/') + 1).split('/');
  const number = rest.at(-1)?.split(':')[0] ?? '1';
  const step = path.startsWith('final') ? 'the result' : `step ${stepNumber(path)}`;
  return [step, ...(attempt === '1' ? [] : [`attempt ${attempt}`]), ...(number === '1' ? [] : [`call ${number}`])].join(
    ', ',
  );
}

function nameOf(call: RecordedModel | RecordedTool): string {
  return oneLine(call.kind === 'tool' ? call.tool : call.model);
}

const SHOWN = 60;

function resultText(result: StepResult | undefined, look: Look): string {
  if (result === undefined) return 'not done';
  switch (result.kind) {
    case 'skipped':
      return 'skipped';
    case 'failed':
      return `failed with ${result.error.code}`;
    case 'completed':
      if (result.digest !== undefined) return `a large value (${result.digest.slice(0, 12)})`;
      if (result.short !== undefined) return result.short === '' ? 'done' : `what was recorded (${result.short})`;
      return result.output === undefined ? 'done' : briefValue(result.output, SHOWN, look);
  }
}

function endText({ state, error, output }: RunResult, look: Look): string {
  if (error !== undefined) return `${state} with ${error.code}`;
  return output === undefined ? state : `${state} with ${briefValue(output, SHOWN, look)}`;
}
