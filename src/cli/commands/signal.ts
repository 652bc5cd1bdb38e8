import { sendSignal } from '../../app/send-signal.js';
import { PortiaError } from '../../domain/errors.js';
import { advice, adviceLines, portia, spellAdvice } from '../../domain/next-step.js';
import { eventText, type AwaitedEvent } from '../../domain/run/signals.js';
import type { Json } from '../../domain/values/json.js';
import type { SentSignal } from '../../storage/signal-store.js';
import type { Look } from '../../ui/look.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { parseJsonText } from '../session/json-text.js';
import { createSession, type Session } from '../session/session.js';

const FLAGS = {
  key: flag.text('--key <key>', 'what the event is about, as the plan names it (default: nothing)'),
  data: flag.text('--data <json|@file>', 'what comes with it, as JSON; @- for standard input (default: null)'),
};

/** Tells of an event that runs wait for, or will wait for. */
export const command = defineCommand({
  about:
    'A step wait_for of the same event and key takes it, and leaves its data. One run gets it, once. A signal that no run ' +
    'waits for yet is kept for 7 days. Nothing is driven here: a worker, or portia resume, continues the run.',
  examples: [
    ['portia signal payment --key 1042 --data \'{"amount": 12}\'', 'the payment of order 1042 has come'],
    ['portia signal released', 'an event without a key and data'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [event = ''] = invocation.parameters;
    const { key = '' } = session.options;
    const signal = { event, key, data: await dataOf(session) };
    const sent = await sendSignal(session.services.store, signal);
    await session.print({ record: { event, key, ...sent }, human: (look) => sentView(signal, sent, look) });
    return EXIT.complete;
  },
});

async function dataOf({ options, readText }: Session<OptionsOf<typeof FLAGS>>): Promise<Json> {
  const { data } = options;
  if (data === undefined) return null;
  if (data === '') {
    throw new PortiaError('usage', '--data is empty.', { why: 'It takes JSON.', fix: "--data 'null'" });
  }
  return parseJsonText(data.startsWith('@') ? await readText(data.slice(1)) : data, '--data');
}

function sentView(event: AwaitedEvent, { waiting }: SentSignal, look: Look): string {
  const what = eventText(event);
  if (waiting.length === 0) return `Kept: ${what}. No run waits for it yet; one that does within 7 days gets it.\n`;
  const next = adviceLines(waiting.map((id) => advice`${portia('resume', id)}   # unless a worker does`));
  const who = waiting.length === 1 ? 'A run waits' : `${waiting.length} runs wait, and one of them gets it`;
  return `Kept: ${what}. ${who}:\n${spellAdvice(next, look.spell)}\n`;
}
