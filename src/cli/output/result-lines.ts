import { writeText, type Session } from '../session/session.js';

/** A result that comes line by line. */
export interface ResultLines {
  /** Resolves when there is room for more. The text ends with a newline. */
  write(text: string): Promise<void>;
  /** Must be called once, after the last line. */
  end(): Promise<void>;
}

/** Lines on standard output go out as they come; a file of --out is written whole, at the end. */
export function openResultLines(session: Session): ResultLines {
  const { options, format, io, speech } = session;
  const kept: string[] = [];
  return {
    async write(text) {
      if (options.out !== undefined) kept.push(text);
      // A picture is already printable, and its colours must reach the terminal.
      else if (format === 'human') await io.streams.out.write(speech.redact(text));
      else await writeText(session, text);
    },
    async end() {
      if (options.out !== undefined) await writeText(session, kept.join(''));
    },
  };
}
