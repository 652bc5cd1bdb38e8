import type { EndUser } from '../domain/run/end-user.js';
import { PortiaError } from '../domain/errors.js';
import type { Store } from '../storage/store.js';
import type { GivenEndUser } from './portia-options.js';

/**
 * Keeps what a program says of whom a plan or a run is for, and gives all that is known then; undefined when nobody is
 * named. Rejects with a PortiaError `usage` for anything else than texts.
 */
export async function keepGivenEndUser(
  store: Store,
  given: string | GivenEndUser | undefined,
): Promise<EndUser | undefined> {
  if (given === undefined) return undefined;
  const { id, name, email, phoneNumber, additionalData } = typeof given === 'string' ? { id: given } : given;
  refuseOtherThanTexts({ id, name, email, phoneNumber, ...additionalData });
  if (id === '') throw wrong('id', 'is empty');
  return store.changeEndUser(id, { name, email, phone_number: phoneNumber, additional_data: additionalData });
}

function refuseOtherThanTexts(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    const isKept = typeof value === 'string' || value === undefined || value === null;
    if (!isKept) throw wrong(name, `is ${JSON.stringify(value)}`);
  }
}

function wrong(name: string, why: string): PortiaError {
  return new PortiaError('usage', `The ${name} of endUser ${why}, and must be a text.`, {
    fix: "endUser: { id: 'ada', email: 'ada@example.com', additionalData: { plan: 'gold' } }",
  });
}
