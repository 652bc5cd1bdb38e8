import { plainCommand } from '../../domain/next-step.js';
import { lookOf, type Look } from '../../ui/look.js';
import type { Io, Speech } from './io.js';

/** Before the flags are read, only their text shows the form. */
export function guessSpeech(argv: string[], io: Io): Speech {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const flag = words.lastIndexOf('--format');
  const given =
    words.findLast((word) => word.startsWith('--format='))?.slice('--format='.length) ??
    (flag === -1 ? undefined : words[flag + 1]) ??
    (words.includes('--json') ? 'json' : io.environment['PORTIA_FORMAT']);
  return { isJson: isJsonSpeech(given, io), redact: (text) => text, spell: plainCommand };
}

/** Words that go to a terminal are for a person, wherever the result goes. An unreadable format is ignored here. */
export function isJsonSpeech(format: string | undefined, { streams }: Pick<Io, 'streams'>): boolean {
  if (format === 'json' || format === 'ndjson') return true;
  return format !== 'human' && format !== 'value' && !streams.err.isTerminal;
}

/** The look of standard error. Times in it are never shown. */
export function errorLook({ streams, environment, platform }: Io, { spell }: Speech): Promise<Look> {
  return lookOf(streams.err, { environment, platform, now: new Date(0), spell });
}
