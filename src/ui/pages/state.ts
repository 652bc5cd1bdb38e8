import type { StepStatus } from '../../domain/run/run.js';
import { icon, type IconName } from './icons.js';
import { markup, type Markup } from './markup.js';

/** How a state looks: each has its own icon, so that it is told without its colour. */
const STATES = {
  done: { icon: 'done', tone: 's-done', word: 'Done' },
  answered: { icon: 'done', tone: 's-done', word: 'Answered' },
  running: { icon: 'running', tone: 's-run', word: 'Running' },
  ready: { icon: 'ready', tone: 's-run', word: 'Ready to resume' },
  waiting: { icon: 'waiting', tone: 's-ask', word: 'Waiting for a person' },
  limit: { icon: 'waiting', tone: 's-ask', word: 'Limit reached' },
  unknown: { icon: 'unknown', tone: 's-unknown', word: 'Outcome unknown' },
  stopped: { icon: 'stopped', tone: '', word: 'Stopped' },
  failed: { icon: 'failed', tone: 's-fail', word: 'Failed' },
  declined: { icon: 'declined', tone: '', word: 'Declined' },
  cancelled: { icon: 'declined', tone: '', word: 'Cancelled' },
  skipped: { icon: 'skipped', tone: 's-none', word: 'Skipped' },
  pending: { icon: 'pending', tone: 's-none', word: 'Not reached' },
} as const satisfies Record<string, { icon: IconName; tone: string; word: string }>;

/** A state of a run, a step or a question. */
export type StateName = keyof typeof STATES;

/** How the status of a step is shown. */
export const STEP_STATES: Readonly<Record<StepStatus, StateName>> = {
  completed: 'done',
  failed: 'failed',
  waiting: 'waiting',
  skipped: 'skipped',
  running: 'running',
};

/** The word of a state, where it stands in a sentence or is chosen from. */
export function stateWord(name: StateName): string {
  return STATES[name].word;
}

/** Its icon with its colour, where the word stands elsewhere. */
export function iconOf(name: StateName): { shape: IconName; tone: string } {
  const { icon: shape, tone } = STATES[name];
  return { shape, tone: name === 'running' ? `${tone} spin` : tone };
}

/** Icon and word. `word` says more than the usual one: `Declined by Ada`. */
export function state(name: StateName, word: string = STATES[name].word): Markup {
  return look(name, word, 'state');
}

/** The same on its own ground, for the head of a page. */
export function pill(name: StateName, word: string = STATES[name].word): Markup {
  return look(name, word, 'state pill');
}

/** The icon alone, for a place where the word is read aloud but not shown. */
export function stateIcon(name: StateName): Markup {
  const { icon: shape, tone } = STATES[name];
  const spin = name === 'running' ? ' spin' : '';
  return markup`${icon(shape, `${tone}${spin}`)}<span class="sr">${STATES[name].word}: </span>`;
}

function look(name: StateName, word: string, classes: string): Markup {
  const { icon: shape, tone } = STATES[name];
  return markup`<span class="${`${classes} ${tone}`.trim()}">${icon(shape, name === 'running' ? 'spin' : '')}${word}</span>`;
}
