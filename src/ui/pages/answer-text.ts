import { isApproval, isUnknownOutcome, isWithdrawn, type Clarification } from '../../domain/run/clarification.js';
import { asText, isJsonObject, type Json } from '../../domain/values/json.js';
import { cutText } from '../../domain/values/cut-text.js';

/** Characters of an answer in a line. */
const SHOWN = 120;

/** What was answered, in a few words. */
export function answerText(question: Clarification): string {
  if (!question.resolved) return 'open';
  if (isWithdrawn(question)) return 'asked again in other words';
  return cutText(said(question, question.response), SHOWN);
}

function said(question: Clarification, response: Json): string {
  if (typeof response === 'boolean') return response ? 'yes' : 'no';
  if (isApproval(question) && isJsonObject(response)) return 'yes, with changes';
  if (isUnknownOutcome(question) && typeof response === 'string') return response.replaceAll('_', ' ');
  if (typeof response === 'number') return response.toLocaleString('en-US', { maximumFractionDigits: 10 });
  return asText(response);
}

const CHANNELS: Readonly<Record<string, string>> = {
  prompt: 'in a terminal',
  form: 'in a form',
  flag: 'on the command line',
  file: 'by a file',
  api: 'by a program',
  import: 'imported',
  tool: 'by the tool',
  hook: 'by a hook',
  web: 'on the page',
  link: 'by a signed link',
};

/** Who answered, and how: `Ada, on the command line`. Empty where nothing is known. */
export function personName({ answered_by: person, channel }: Clarification): string {
  const name = person === undefined ? '' : (person.name ?? person.user);
  const how = channel === undefined ? '' : (CHANNELS[channel] ?? channel);
  return [name, how].filter((part) => part !== '').join(', ');
}
