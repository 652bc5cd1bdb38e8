import { ALWAYS, asksAboutCall } from '../domain/run/approval-answers.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import type { AlwaysAllowed } from '../domain/values/policies.js';

/**
 * Keeps what a person always allows, before the answer is recorded: of the two, it may be lost. Rejects with a PortiaError
 * `storage-failed`; the questions are open then.
 */
export async function keepAlways(
  always: AlwaysAllowed | undefined,
  { answers, questions }: { answers: readonly Answer[]; questions: readonly Clarification[] },
): Promise<void> {
  for (const { id, response } of answers) {
    const question = response === ALWAYS ? questions.find((asked) => asked.id === id) : undefined;
    if (question === undefined || !asksAboutCall(question) || question.may_keep !== true) continue;
    await always?.keep({ toolId: question.tool_id, fingerprint: question.tool_fingerprint ?? null });
  }
}
