import type { Guests } from '../processes/guests.js';
import { lastLines, LastWords } from '../processes/printed-lines.js';
import { limitTime } from '../timing/limit.js';
import { oneLine } from '../domain/values/printable.js';
import { NotSent, type NoticeSender } from './notice-port.js';
import { noticeJson } from './webhook.js';

/** How long a program may take, in milliseconds. */
const EXEC_MS = 30_000;
const MOST_LAST_WORDS = 2_000;

interface Program {
  /** A line for the shell. */
  command: string;
  guests(): Promise<Guests>;
  /** All that it sees of the environment. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path in which it runs. */
  directory: string;
}

/** Gives the message to a program, as JSON on its standard input. What ends with 0 has taken it. */
export function execSender({ command, guests, environment, directory }: Program): NoticeSender {
  return {
    async send(message, signal) {
      const started = await guests();
      const late = () => new NotSent(`it did not end within ${EXEC_MS / 1_000} s`);
      const limit = limitTime(signal, EXEC_MS, { late });
      const guest = started.start({ command, shell: true, stdio: ['pipe', 'ignore', 'pipe'], environment, directory });
      const words = new LastWords(guest.child.stderr, MOST_LAST_WORDS);
      // A program that does not read its input closes it, as it may.
      guest.child.stdin?.on('error', () => undefined);
      guest.child.stdin?.end(`${noticeJson(message)}\n`);
      try {
        const { code, signal: ended, error } = await limit.race(guest.ended);
        if (code === 0) return;
        const how = code === null ? `it was ended by ${ended ?? 'the system'}` : `it exited with code ${code}`;
        const said = oneLine(error?.message ?? lastLines(words.text));
        throw new NotSent(said === '' ? how : `${how}: ${said}`);
      } finally {
        limit.clear();
        await guest.end();
      }
    },
  };
}
