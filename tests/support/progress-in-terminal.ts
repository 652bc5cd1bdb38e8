// A small program for tests in a pseudo-terminal: shows a run of two steps, with a question to Enter in the middle.
// It continues from the moving line when it gets SIGUSR1, so that the line is surely seen.
import { on } from 'node:events';

import { lookOf } from '../../src/ui/look.js';
import { createProgress } from '../../src/ui/progress.js';
import { askText } from '../../src/ui/prompts.js';
import { createStreams } from '../../src/ui/streams.js';
import { eventsOf, planOf } from './view-examples.js';

const environment = process.env;
const streams = createStreams(process, environment);
const look = await lookOf(streams.err, { environment, platform: process.platform, now: new Date() });
const { steps } = planOf([
  { task: 'Find it', tool_id: 'search_tool', output: '$found' },
  { task: 'A task that is longer than the terminal is wide. '.repeat(5), tool_id: 'llm_tool', output: '$answer' },
]);
const progress = await createProgress({ streams, environment, steps, look });
const [startFirst, endFirst, startSecond, endSecond, paused] = eventsOf(
  { type: 'step.started', path: '0', attempt: 1 },
  { type: 'step.completed', path: '0' },
  { type: 'step.started', path: '1', attempt: 1 },
  { type: 'step.completed', path: '1' },
  { type: 'run.paused', reason: 'clarification', next: 'portia resume x' },
);
// It listens from the start: told a moment too early, it would end.
const told = on(process, 'SIGUSR1');
const alive = setInterval(() => undefined, 1_000);
const ask = async (message: string) => {
  progress.pause();
  await askText({ streams, look }, { message });
  progress.resume();
};
for (const event of [startFirst, endFirst, startSecond]) if (event !== undefined) progress.listener(event);
await told.next();
await ask('In the middle?');
await told.next();
for (const event of [endSecond, paused]) if (event !== undefined) progress.listener(event);
progress.stop();
clearInterval(alive);
await streams.out.write('the end\n');
