import { describeConsent, type Consent } from '../domain/run/consents.js';
import type { RunId } from '../domain/values/ids.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { printable } from '../domain/values/printable.js';
import { wrapTo } from './text-width.js';

/** Recorded consents that a person is asked to confirm, each of them whole. Ends with a newline. */
export function unconfirmedView(consents: readonly Consent[], run: RunId, look: Look): string {
  const lines = consents.flatMap((consent, index) => {
    const number = `${index + 1}. `;
    const [first = '', ...rest] = wrapTo(printable(describeConsent(consent, run)), look.columns - number.length - 2);
    const indent = ' '.repeat(number.length + 2);
    return [`  ${number}${first}`, ...rest.map((line) => indent + line)];
  });
  const what = count(consents.length, 'recorded answer');
  const head = `${what} of this run ${consents.length === 1 ? 'does' : 'do'} not count here:`;
  return `${[look.colour.yellow(`${look.symbols.warning} ${head}`), ...lines].join('\n')}\n`;
}
