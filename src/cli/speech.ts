import { shellCommand } from '../domain/shell-quote.js';
import { lookOf, type Look } from '../ui/look.js';
import type { Io, Speech } from './io.js';
import type { AllOptions } from './options.js';
import { resumeFlags } from './said-flags.js';

/** Before the flags could be read, only their text tells the form. */
export function guessSpeech(argv: string[], io: Io): Speech {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const flag = words.lastIndexOf('--format');
  const given =
    words.findLast((word) => word.startsWith('--format='))?.slice('--format='.length) ??
    (flag === -1 ? undefined : words[flag + 1]) ??
    (words.includes('--json') ? 'json' : io.environment['PORTIA_FORMAT']);
  return { isJson: isJsonSpeech(given, io), redact: (text) => text, say: (text) => text };
}

// At the beginning of a line or behind white space.
const COMMAND =
  /(?<=^|\s)portia (plan|run|run-plan|resume|show|list|check|edit|refine|diff|eval|answer|cancel|rm|tools|doctor)(?= )/gm;

/** The commands in a text as they must be typed by somebody who gave these flags. */
export function commandsFor(options: AllOptions, text: string, form: 'text' | 'json' = 'text'): string {
  const folder = options.dir === undefined ? [] : ['-C', options.dir];
  const again = resumeFlags(options);
  if (folder.length === 0 && again.length === 0) return text;
  const asTyped = (words: string) =>
    words.replace(COMMAND, (_all, name: string) =>
      shellCommand(['portia', ...folder, name, ...(name === 'resume' ? again : [])]),
    );
  if (form === 'text') return asTyped(text);
  const reviver = (_key: string, value: unknown) => (typeof value === 'string' ? asTyped(value) : value);
  return `${JSON.stringify(JSON.parse(text, reviver))}\n`;
}

/** What cannot be read as a format decides nothing. */
export function isJsonSpeech(format: string | undefined, { streams }: Pick<Io, 'streams'>): boolean {
  if (format === 'json' || format === 'ndjson') return true;
  return format !== 'human' && format !== 'value' && !streams.out.isTerminal;
}

/** The look of standard error. Times in it are never shown. */
export function errorLook({ streams, environment, platform }: Io): Promise<Look> {
  return lookOf(streams.err, { environment, platform, now: new Date(0) });
}
