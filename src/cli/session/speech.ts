import { shellCommand } from '../../domain/values/shell-quote.js';
import { lookOf, type Look } from '../../ui/look.js';
import type { Io, Speech } from './io.js';
import type { SharedOptions } from './options.js';
import { resumeFlags } from './spell-flags.js';

/** Before the flags could be read, only their text tells the form. */
export function guessSpeech(argv: string[], io: Io): Speech {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const flag = words.lastIndexOf('--format');
  const given =
    words.findLast((word) => word.startsWith('--format='))?.slice('--format='.length) ??
    (flag === -1 ? undefined : words[flag + 1]) ??
    (words.includes('--json') ? 'json' : io.environment['PORTIA_FORMAT']);
  return { isJson: isJsonSpeech(given, io), redact: (text) => text, spell: (command) => command };
}

// At the beginning of a line or behind white space, but not inside a quoted word, which is somebody's text.
const COMMAND =
  /(?<=[\s=])'(?:[^']|'\\'')*'|(?<=^|\s)portia (plan|run|run-plan|resume|show|list|check|edit|refine|diff|eval|answer|cancel|rm|tools|doctor|trust)(?=\s|$)/gm;

/** The commands in a fix as they must be typed by somebody who gave these flags. */
export function commandsFor(options: SharedOptions, text: string): string {
  const folder = [
    ...(options.dir === undefined ? [] : ['-C', options.dir]),
    ...(options.project === false ? ['--no-project'] : []),
  ];
  const again = resumeFlags(options);
  if (folder.length === 0 && again.length === 0) return text;
  return text.replace(COMMAND, (all, name: string | undefined) =>
    name === undefined ? all : shellCommand(['portia', ...folder, name, ...(name === 'resume' ? again : [])]),
  );
}

/** Words that go to a terminal are for a person, wherever the answer goes. What cannot be read as a format decides nothing. */
export function isJsonSpeech(format: string | undefined, { streams }: Pick<Io, 'streams'>): boolean {
  if (format === 'json' || format === 'ndjson') return true;
  return format !== 'human' && format !== 'value' && !streams.err.isTerminal;
}

/** The look of standard error. Times in it are never shown. */
export function errorLook({ streams, environment, platform }: Io, { spell }: Speech): Promise<Look> {
  return lookOf(streams.err, { environment, platform, now: new Date(0), spell });
}
