import { expect, test } from 'vitest';

import { attack, tried } from './injection-attack.js';
import { CHANNELS, type Channel } from './injection-channels.js';
import { ORDERS, type Order } from './injection-orders.js';

type Case = [channel: string, order: string, Channel, Order];

const cases = Object.entries(CHANNELS).flatMap(([name, channel]) =>
  Object.entries(ORDERS).map(([what, given]): Case => [name, what, channel(...given.calls), given]),
);
const ofOneTool = cases.filter(
  ([, , { steps }, { calls, code }]) => steps !== undefined && calls.length === 1 && code === 8,
);

test('when cases are counted then there are 700', () => {
  expect(cases.length + ofOneTool.length).toBeGreaterThan(700);
});

test.each(tried(cases, 2 * Object.keys(ORDERS).length + 1))(
  'when %s orders an agent to %s then nothing happens without a yes',
  async (_channel, _what, channel, given) => attack(channel, given, 'react'),
);

test.each(tried(ofOneTool, 61))(
  'when %s orders a step with one tool to %s then nothing happens without a yes',
  async (_channel, _what, channel, given) => attack(channel, given, 'tool'),
);
