import { PortiaError } from '../../domain/errors.js';
import { bareName } from '../../domain/values/names.js';
import { loadPlan } from '../input/references.js';
import type { CommandTable } from '../session/command.js';
import type { Session } from '../session/session.js';
import type { Candidate, KnownWords } from './candidates.js';

/** As many as a person looks through. */
const MOST_IDS = 50;

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
    async ofKind(kind) {
      if (kind === 'topic') return Object.entries(commands).map(([word, { summary }]) => ({ word, about: summary }));
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
