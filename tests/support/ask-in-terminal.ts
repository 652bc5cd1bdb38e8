// A small program for tests in a pseudo-terminal: asks the questions of its first argument (JSON) and prints the answers.
import { clarificationSchema } from '../../src/domain/run/clarification-schema.js';
import { lookOf } from '../../src/ui/look.js';
import { canPrompt, createStreams } from '../../src/ui/streams.js';
import { createTerminalHandler } from '../../src/ui/terminal-handler.js';

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
  const handler = createTerminalHandler({ streams, look, onInterrupt: () => (isInterrupted = true), view });
  const answers = await handler.ask(questions, { signal: new AbortController().signal });
  await streams.out.write(`${JSON.stringify({ answers: answers.map((answer) => answer.response), isInterrupted })}\n`);
  process.exitCode = isInterrupted ? 130 : 0;
} else {
  await streams.err.write(`cannot ask: ${prompting.because}\n`);
  process.exitCode = 8;
}
