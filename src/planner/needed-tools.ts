import type { RequestCues } from '../domain/values/request-cues.js';
import { asksInForms } from './asked-by-cues.js';
import { wordsOfTool, type ToolDescription } from './offered-tools.js';
import { LONG_WORD, stemsIn, wordsIn } from './words.js';

interface Wanted {
  ready: readonly ToolDescription[];
  request: string;
}

/**
 * The tools among `off` that a request needs without any doubt: it names them, or it asks for what they do in one of their
 * forms, and no ready tool may do the same. A tool without forms is needed where a clause begins with a word of its name and
 * tells of it in another word, and what it tells is told of no ready tool. "Send an email to Ada" needs `send_email_tool`;
 * "Sum up the emails" does not.
 */
export function toolsNeeded<Tool extends ToolDescription>(off: readonly Tool[], wanted: Wanted): Tool[] {
  const names = new Set(wanted.request.split(/[^\w:.-]+/));
  return off.filter((tool) => {
    if (names.has(tool.id)) return true;
    return tool.cues === undefined ? isToldOf(tool, wanted) : isAskedFor(tool, tool.cues, wanted);
  });
}

function isAskedFor({ effect }: ToolDescription, cues: RequestCues, { ready, request }: Wanted): boolean {
  // What only reads cannot stand in for what acts.
  const others = ready.filter((tool) => effect === 'read' || tool.effect !== 'read');
  if (others.some(({ id, description }) => cues.alsoDoneBy.test(`${id} ${description}`))) return false;
  return asksInForms(request, cues);
}

function isToldOf(tool: ToolDescription, { ready, request }: Wanted): boolean {
  const wordsOfReady = ready.map(wordsOfTool);
  const words = wordsOfTool(tool);
  const ids = stemsIn(tool.id);
  return clausesOf(request).some(([verb = '', ...others]) => {
    if (!ids.has(verb)) return false;
    const told = [...new Set([verb, ...others])].filter((word) => words.has(word) && isTelling(word, wordsOfReady));
    return told.length > 1 && told.some((word) => wordsOfReady.every((ofTool) => !ofTool.has(word)));
  });
}

/** The tools among `off` that a request probably means: at least two of its words tell of them, and of no ready tool as many. */
export function toolsProbablyMeant<Tool extends ToolDescription>(
  off: readonly Tool[],
  { ready, request }: Wanted,
): Tool[] {
  const wanted = stemsIn(withoutData(request));
  const wordsOfReady = ready.map(wordsOfTool);
  const shared = (words: ReadonlySet<string>) =>
    [...words].filter((word) => wanted.has(word) && isTelling(word, wordsOfReady)).length;
  const most = Math.max(1, ...wordsOfReady.map(shared));
  return off.filter((tool) => shared(wordsOfTool(tool)) > most);
}

/** What many tools have tells nothing about one of them, nor does a number or a syllable. */
function isTelling(word: string, wordsOfReady: readonly ReadonlySet<string>[]): boolean {
  if (!/^\p{L}{3}/u.test(word)) return false;
  return wordsOfReady.filter((words) => words.has(word)).length <= wordsOfReady.length / 4;
}

const POLITE = new Set(stemsIn('please kindly i we want need would like could let us first finally also'));

/** The clauses that ask for something, as stems, each from the word with which it asks. What comes after "for" is data. */
function clausesOf(request: string): string[][] {
  return withoutData(request)
    .split(/[.,;:!?()\n]+|\b(?:and|then|for)\b/i)
    .filter((clause) => !/\b(?:not|never|no|without|don.t)\b/i.test(clause))
    .map((clause) => {
      const stems = wordsIn(clause).map(({ stem }) => stem);
      const first = stems.findIndex((stem) => !POLITE.has(stem));
      return first < 0 ? [] : stems.slice(first);
    });
}

/** Without what the request quotes, and without addresses and names of files. */
function withoutData(request: string): string {
  return request
    .replaceAll(LONG_WORD, ' it ')
    .replaceAll(/"[^"]*"|“[^”]*”|(?<!\w)'[^']*'(?!\w)|\S+(?:[.:@/]\w|\/)\S*/g, ' it ');
}
