import { portia } from '../domain/next-step.js';
import type { Signing } from '../domain/run/signatures.js';
import { consentsUnconfirmed } from '../domain/run/consents.js';
import type { ConsentRules } from '../executor/consent-check.js';

/** Whose consents count where nobody can be asked whether others do. */
export function personlessConsents(judge: Signing['judge']): ConsentRules {
  return {
    judge,
    async confirm({ run, consents, digest }) {
      const why = 'Neither you nor anybody whom you named gave them here:';
      throw consentsUnconfirmed(
        { runId: run.id, consents },
        why,
        portia('resume', run.id, '--accept-recorded', digest),
      );
    },
  };
}
