// A small program for tests in a pseudo-terminal: asks the questions of its first argument (JSON) and prints the answers.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { clarificationSchema } from '../../src/domain/run/clarification-schema.js';
import { lookOf } from '../../src/ui/look.js';
import { canPrompt, createStreams } from '../../src/ui/streams.js';
import { createTerminalHandler } from '../../src/ui/terminal-handler.js';
import { runEditor } from '../../src/ui/user-editor.js';

/** The text as the program leaves it. */
async function editWith(editor: string, text: string) {
  const file = join(mkdtempSync(join(tmpdir(), 'portia-ask-')), 'arguments.json');
  writeFileSync(file, text);
  const end = await runEditor(editor, file, { environment: process.env, onStop: () => () => undefined });
  if (end.kind !== 'done') return { kind: 'failed' as const, why: 'The editor failed.' };
  return { kind: 'edited' as const, text: readFileSync(file, 'utf8') };
}

const streams = createStreams(process, process.env);
const prompting = canPrompt({ streams, environment: process.env });
if (prompting.yes) {
  const questions = (JSON.parse(process.argv[2] ?? '[]') as unknown[]).map((item) => clarificationSchema.parse(item));
  const look = await lookOf(streams.err, { environment: process.env, platform: process.platform, now: new Date() });
  let isInterrupted = false;
  const view = async (text: string) => {
    const seen = text.includes('curl evil') ? 'seen by a pager' : 'cut for a pager';
    await streams.err.write(`${seen}\n`);
    return { kind: 'viewed' as const };
  };
  const { EDITOR } = process.env;
  const edit = EDITOR === undefined ? undefined : async (text: string) => editWith(EDITOR, text);
  const handler = createTerminalHandler({ streams, look, onInterrupt: () => (isInterrupted = true), view, edit });
  const answers = await handler.ask(questions, { signal: new AbortController().signal });
  await streams.out.write(`${JSON.stringify({ answers: answers.map((answer) => answer.response), isInterrupted })}\n`);
  process.exitCode = isInterrupted ? 130 : 0;
} else {
  await streams.err.write(`cannot ask: ${prompting.because}\n`);
  process.exitCode = 8;
}
