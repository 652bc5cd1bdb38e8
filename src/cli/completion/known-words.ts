import { TOOL_LANGUAGES } from '../../app/setup/new-tool.js';
import { FORMATS, PLANNER_CHOICES } from '../../config/layer.js';
import { PortiaError } from '../../domain/errors.js';
import { PUBLISHED_KINDS } from '../../domain/published-schemas.js';
import { RUN_STATES } from '../../domain/run/run-states.js';
import { bareName } from '../../domain/values/names.js';
import { PROVIDER_NAMES } from '../../models/providers/providers.js';
import { TOPICS } from '../help/help-topics.js';
import { loadPlan } from '../input/references.js';
import type { CommandTable } from '../session/command.js';
import type { Session } from '../session/session.js';
import type { Candidate, KnownWords } from './candidates.js';
import { COMPLETION_SCRIPTS } from './scripts.js';

/** As many as a person looks through. */
const MOST_IDS = 50;

/** Words with a fixed list of values: by the command or flag that takes them, and what help calls them. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  '--format kind': FORMATS,
  '--planner kind': PLANNER_CHOICES,
  '--state state': RUN_STATES,
  'list kind': ['runs', 'plans'],
  'schema kind': PUBLISHED_KINDS,
  'help topic': TOPICS,
  'models provider': PROVIDER_NAMES,
  'tools action': ['list', 'describe', 'call', 'new', 'test'],
  '--language language': TOOL_LANGUAGES,
  'config action': ['list', 'get', 'set', 'unset', 'edit'],
  'completion shell': Object.keys(COMPLETION_SCRIPTS),
};

/**
 * The words of this project, which is opened for those only that it gives. What cannot be read gives none: nobody wants
 * an error while typing.
 */
export function knownWords(open: () => Promise<Session>, commands: CommandTable): KnownWords {
  const newest = async (ids: Promise<string[]>): Promise<Candidate[]> =>
    (await ids)
      .toSorted()
      .toReversed()
      .slice(0, MOST_IDS)
      .map((word) => ({ word }));
  const last: Candidate = { word: 'last', about: 'the newest' };
  const plans = async ({ services: { store } }: Session) => newest(store.listPlanIds());
  const runs = async ({ services: { store } }: Session) => newest(store.listRunIds());
  const ofProject: Record<string, (session: Session) => Promise<Candidate[]>> = {
    plan: async (session) => [last, ...(await plans(session))],
    run: async (session) => [last, ...(await runs(session))],
    tool: toolWords,
    glob: toolWords,
  };
  const either = async (session: Session) => [last, ...(await runs(session)), ...(await plans(session))];
  return {
    async ofKind(kind, from) {
      const choices = CHOICES[`${from} ${kind}`];
      if (choices !== undefined) {
        const topics = kind === 'topic' ? Object.keys(commands) : [];
        return [...new Set([...choices, ...topics])].map((word) => ({ word }));
      }
      const find = ['id', 'a', 'b'].includes(kind) ? either : ofProject[kind];
      return find === undefined ? [] : noneIfBroken(async () => find(await open()));
    },
    inputsOf: (plan) =>
      noneIfBroken(async () => {
        const found = await loadPlan(await open(), plan);
        return found.plan.plan_inputs.map(({ name, description }) => ({
          word: `${bareName(name)}=`,
          about: description ?? undefined,
        }));
      }),
  };
}

async function toolWords({ services }: Session): Promise<Candidate[]> {
  return (await services.tools()).list().map(({ id, name }) => ({ word: id, about: name }));
}

async function noneIfBroken(find: () => Promise<Candidate[]>): Promise<Candidate[]> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof PortiaError) return [];
    throw error;
  }
}
