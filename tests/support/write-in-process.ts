// A small program for tests of the streams in a real process: writes many lines and says on standard error how it went.
import { createStreams } from '../../src/ui/streams.js';

const [command, size = '0'] = process.argv.slice(2);
const streams = createStreams(process, process.env);
if (command === 'write') await streams.out.write(`${'x'.repeat(99)}\n`.repeat(Number(size) / 100));
if (command === 'lines')
  for (let line = 0; line < Number(size) && !streams.out.isClosed; line += 1) await streams.out.write(`${line}\n`);
if (command === 'read') {
  const text = await streams.in
    .readAll(Number(size))
    .catch((error: unknown) => `${String(error)} ${JSON.stringify(error)}`);
  await streams.out.write(text);
}
await streams.flush();
const failure = streams.failure();
if (failure !== undefined) await streams.err.write(`${failure.stream}: ${failure.error.message}\n`);
process.exitCode = failure === undefined ? 0 : 10;
