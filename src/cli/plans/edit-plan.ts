import { advice, type Advice, adviceLines, adviceText, portia } from '../../domain/next-step.js';
import { authoredPlan } from '../../domain/plan/authored-plan.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import { ExpressionError } from '../../domain/expressions/expression-error.js';
import type { PlanId } from '../../domain/values/ids.js';
import { diffPlans } from '../../domain/plan/plan-diff.js';
import { placed } from '../../domain/plan/step-path.js';
import type { Plan } from '../../domain/plan/plan.js';
import { checkView } from '../../ui/check-view.js';
import { askKey, type Asked } from '../../ui/prompts.js';
import { EditedCopy } from '../input/edited-copy.js';
import { checkEditedPlan } from './check-edited-plan.js';
import { editingInterrupted, openInEditor, requireEditor } from '../input/open-editor.js';
import { showDifference } from './refine-plan.js';
import type { FoundPlan } from '../../app/prepare-run.js';
import type { YesOptions } from '../session/options.js';
import type { Session } from '../session/session.js';

/**
 * Opens a copy of a plan in the user's editor, shows what differs, and keeps the result as another plan. Undefined when
 * nothing was changed: then nothing is kept. With `confirm`, a person at a terminal is asked before.
 */
export async function editPlan(
  session: Session<YesOptions>,
  found: FoundPlan,
  { confirm }: { confirm: boolean },
): Promise<Plan | undefined> {
  const editor = requireEditor(session);
  // Texts made from the steps would describe the old steps.
  const copy = new EditedCopy(`${JSON.stringify(authoredPlan(found.plan), null, 2)}\n`);
  return copy.use(
    async () => {
      const plan = await editCopy(session, found, { copy, editor, confirm });
      if (plan === undefined) await session.note(`Nothing was changed: ${found.name} stays as it is.\n`);
      else await session.services.store.savePlan(plan);
      return plan;
    },
    (error) => waysOn(error, copy),
  );
}

interface Editing {
  copy: EditedCopy;
  editor: string;
  confirm: boolean;
}

/** Until the person is satisfied: the plan as it is to be kept, or undefined when nothing was changed. */
async function editCopy(session: Session<YesOptions>, found: FoundPlan, editing: Editing): Promise<Plan | undefined> {
  for (;;) {
    await openInEditor(session, editing.editor, editing.copy.file);
    const checked = await checkEditedPlan(session, editing.copy, found.plan);
    if (!checked.ok) {
      await askAgain(session, checked.problems);
      continue;
    }
    if (diffPlans(found.plan, checked.plan).length === 0) return undefined;
    await showDifference(session, found, checked.plan);
    for (const { message } of checked.warnings) await session.warn(message);
    if (!editing.confirm || (await isWanted(session))) {
      return { ...checked.plan, derived_from: await keepOld(found) };
    }
  }
}

/** The id that the old plan has beside the new one. A plan whose expressions do not parse is not kept. */
async function keepOld(found: FoundPlan): Promise<PlanId> {
  try {
    return (await found.keep()).id;
  } catch (error) {
    if (error instanceof ExpressionError) return found.plan.id;
    throw error;
  }
}

/**
 * Resolves when the person wants to edit further; rejects with all that is wrong when nobody can be asked, or the
 * person gives up.
 */
async function askAgain(session: Session, problems: Problem[]): Promise<void> {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const what = `The edited plan has ${errors.length === 1 ? 'a problem' : `${errors.length} problems`}.`;
  const why = errors.map(problemLine).join('\n');
  const details = { why, fix: portia('edit', '--help'), pointer: errors[0]?.pointer };
  if (!session.prompting.yes) throw new PortiaError('invalid-plan', `${what} It is not kept.`, details);
  await session.io.streams.err.write(
    session.speech.redact(checkView({ name: 'The edited plan', file: 'The edited plan' }, problems, session.look)),
  );
  const asked = await askKey<boolean>(
    { streams: session.io.streams, look: session.look },
    {
      message: 'Edit again?',
      keys: [
        { key: 'e', label: 'Edit again', value: true },
        { key: 'g', label: 'Give up', value: false },
      ],
    },
  );
  if (!answerOf(asked)) throw new PortiaError('invalid-plan', `${what} It is not kept.`, details);
}

function problemLine({ pointer, message, fix }: Problem): string {
  return [placed(pointer, message), adviceText(fix ?? '')].filter((part) => part !== '').join(' ');
}

/** Whether the plan is to be kept; false to edit again. Rejects for a no. */
async function isWanted(session: Session<YesOptions>): Promise<boolean> {
  if (!session.prompting.yes || session.options.yes === true) return true;
  const asked = await askKey<'keep' | 'edit' | 'no'>(
    { streams: session.io.streams, look: session.look },
    {
      message: 'Keep this as a new plan?',
      keys: [
        { key: 'y', label: 'Keep it', value: 'keep' },
        { key: 'e', label: 'Edit again', value: 'edit' },
        { key: 'n', label: 'No, leave everything as it was', value: 'no' },
      ],
    },
  );
  const answer = answerOf(asked);
  if (answer !== 'no') return answer === 'keep';
  throw new PortiaError('declined', 'The edited plan is not kept.', {
    why: 'You said no to it.',
    fix: portia('list', 'plans'),
  });
}

function answerOf<Value>(asked: Asked<Value>): Value {
  if (asked.kind === 'answered') return asked.value;
  throw editingInterrupted('SIGINT');
}

/** What can be done with the text that was typed. */
function waysOn({ code, details }: PortiaError, { file }: EditedCopy): Advice {
  const run = portia('run-plan', file);
  const ways = code === 'invalid-plan' ? [portia('check', file), advice`${run}   # once it is corrected`] : [run];
  // The error still has to say how to fix the disk.
  const before = code === 'storage-failed' ? [details.fix] : [];
  return adviceLines([...before, ...ways]);
}
