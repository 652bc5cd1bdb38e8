import { portia } from '../../domain/next-step.js';
import { selectorName, openClarifications, type Clarification } from '../../domain/run/clarification.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import { asksForSecret } from '../../domain/run/secret-answers.js';
import { namesText, whoMayAnswer } from '../../domain/run/who-may-answer.js';
import type { Person } from '../../domain/run/person.js';
import type { Owner } from '../../storage/store.js';
import type { CardValues } from '../../ui/pages/question-card.js';
import type { Site } from './context.js';

/** What is known of a question when a page is made. */
interface Standing {
  run: Run;
  question: Clarification;
  owner: Owner | undefined;
}

/** Why a question takes no answer here, with the command that answers it elsewhere; undefined when it takes one. */
export function whyClosed(site: Site, { run, question, owner }: Standing, person: Person): CardValues['closed'] {
  if (isFinal(run)) {
    const why = `The run has ended: it is ${run.state}. Nothing waits for this answer.`;
    return { why, fix: site.spell(portia('show', run.id)) };
  }
  if (owner !== undefined && site.drives?.of(run.id) === undefined) {
    const why = `A process on ${owner.host} (${owner.pid}) works on this run, and asks there. Answer it there, or end that process first.`;
    return { why };
  }
  const verdict = whoMayAnswer(question, person, site.services.now());
  if (!verdict.allowed) {
    // Whoever is not asked is told who is.
    const saysWho = verdict.because === 'not-asked';
    const ask = saysWho || verdict.ask.length === 0 ? '' : ` Ask ${namesText(verdict.ask) ?? ''}.`;
    return { why: `${verdict.why}${ask}`, saysWho };
  }
  if (asksForSecret(question) && site.drives === undefined && !site.seal.hasKey) {
    const why = 'This is a secret. It is never written down, so only the process that uses it can be given it.';
    return { why, fix: site.spell(portia('resume', run.id, '--answer', `${selectorName(question)}=@FILE`)) };
  }
  return undefined;
}

/** The question of a run with this id, as it is now. */
export function questionOf(run: Run, id: string): Clarification | undefined {
  return run.outputs.clarifications.find((question) => question.id === id);
}

/** Whether it waits for an answer. */
export function isOpen(run: Run, { id }: Clarification): boolean {
  return openClarifications(run).some((question) => question.id === id);
}
