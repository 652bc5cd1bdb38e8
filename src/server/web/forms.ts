import { createHash, timingSafeEqual } from 'node:crypto';

import type { SentForm } from '../../clarifications/page-form.js';
import { PortiaError } from '../../domain/errors.js';
import type { WebContext } from './context.js';

/** What a browser sent in the body of a form. */
export async function sentForm({ req }: WebContext): Promise<SentForm> {
  const data = await req.formData().catch(() => new FormData());
  const texts = (name: string) => data.getAll(name).filter((value) => typeof value === 'string');
  return { text: (name) => texts(name)[0], all: texts };
}

/** Throws for a form that was not made for the person who sends it. */
export function requireCsrf(form: SentForm, wanted: string): void {
  if (isSame(form.text('csrf') ?? '', wanted)) return;
  throw new StaleForm();
}

/** A form of an earlier visit. Nothing of it is taken. */
export class StaleForm extends PortiaError {
  constructor() {
    super('usage', 'This form is of an earlier visit, and nothing of it was taken.', {
      why: 'You came in again since, or the server was started again.',
      fix: 'Go back, load the page again, and send it once more.',
    });
  }
}

/** Compares secrets in the same time, whatever they are. */
export function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(wanted));
}

// Digests have the same length, which the comparison needs.
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
