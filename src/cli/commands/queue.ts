import { listQueue, QUEUE_LIST_FLAGS } from '../queue/list-queue.js';
import { acceptChanged } from '../queue/accept-changed.js';
import { continueQueue, pauseQueue, QUEUE_PAUSE_FLAGS } from '../queue/pause-queue.js';
import { decideMissed, listSchedules, unschedule } from '../queue/schedules.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import type { OptionsOf } from '../session/flags.js';
import { createSession, type Session } from '../session/session.js';
import { refuseExtraWords, requireAction } from '../session/actions.js';

type QueueSession = Session<OptionsOf<typeof QUEUE_LIST_FLAGS & typeof QUEUE_PAUSE_FLAGS>>;

/** What each action does. */
const ACTIONS = {
  list: listQueue,
  pause: pauseQueue,
  continue: continueQueue,
  'accept-changed': acceptChanged,
  schedules: listSchedules,
  unschedule,
  missed: decideMissed,
} satisfies Record<string, (session: QueueSession, words: readonly string[]) => Promise<number>>;

/** What each is called with, and does. */
const DESCRIBED = {
  list: { parameters: '', summary: 'what waits, runs or is parked, and why', flags: QUEUE_LIST_FLAGS },
  pause: {
    parameters: '',
    summary: 'let workers begin no run, or none with a label',
    about:
      'Runs that are driven now are not stopped. Every worker of the store keeps to it until portia queue continue.',
    flags: QUEUE_PAUSE_FLAGS,
  },
  continue: {
    parameters: '',
    summary: 'end a pause',
    about: 'Without --label it ends the pause of the whole queue. Labels that are paused stay so.',
    flags: QUEUE_PAUSE_FLAGS,
  },
  'accept-changed': {
    parameters: '<tool>',
    summary: 'let runs that wait continue with a tool as it is now',
    about:
      'It is your yes to the tool as it is here now, for every run that waits and was begun with another one. It is ' +
      'signed and recorded in each of these runs, as resume --accept-changed does.',
    flags: {},
  },
  schedules: { parameters: '', summary: 'plans that are run again and again, and when next', flags: {} },
  unschedule: { parameters: '<schedule>', summary: 'end a schedule; runs that it began stay', flags: {} },
  missed: {
    parameters: '<schedule> <run|skip>',
    summary: 'decide about times of a schedule that had no worker',
    about: 'Of a schedule with --missed ask: run begins a run for each of these times, and skip forgets them.',
    flags: {},
  },
} satisfies Record<keyof typeof ACTIONS, CommandAction>;

/** Manages the runs that were left to workers. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: DESCRIBED,
  about:
    'Without an action it lists the runs that run-plan --queue left to workers and that have not ended: first those ' +
    'that are driven, then the others in the order in which workers take them, each with what it waits for.',
  examples: [
    ['portia queue', 'what waits, runs or is parked, and why'],
    ['portia queue --limit 0 --json', 'the same of every run, for programs'],
    ['portia queue pause --label billing', 'workers begin no run with that label'],
    ['portia queue continue --label billing', 'they do again'],
    ['portia queue accept-changed send_tool', 'runs that wait continue with it as it is now'],
    ['portia queue schedules', 'plans that are run again and again, and when next'],
    ['portia queue missed last run', 'a run for each time that had no worker'],
    ['portia queue unschedule last', 'it begins no more runs'],
  ],
  flags: { ...QUEUE_LIST_FLAGS, ...QUEUE_PAUSE_FLAGS },
  async run(invocation) {
    const [word = 'list', ...words] = invocation.parameters;
    const action = requireAction('queue', word, { actions: ACTIONS, usual: 'list' });
    refuseExtraWords('queue', action, { words, parameters: DESCRIBED[action].parameters });
    const act: (session: QueueSession, given: readonly string[]) => Promise<number> = ACTIONS[action];
    return act(await createSession(invocation), words);
  },
});
