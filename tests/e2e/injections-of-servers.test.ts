import { expect, test } from 'vitest';

import { attack, tried } from './injection-attack.js';
import { SERVER_CHANNELS, SERVER_ORDERS } from './injection-servers.js';

const cases = Object.entries(SERVER_CHANNELS).flatMap(([name, channel]) =>
  Object.entries(SERVER_ORDERS).map(([what, given]) => ({ name, what, channel: channel(...given.calls), given })),
);
const ofOneTool = cases.filter(
  ({ channel: { steps, code }, given }) =>
    steps !== undefined && code === undefined && given.calls.length === 1 && given.code === 8,
);

test('when cases are counted then there are 400', () => {
  expect(cases.length + ofOneTool.length).toBeGreaterThan(400);
});

test.each(tried(cases, Object.keys(SERVER_ORDERS).length + 1))(
  'when $name of an MCP server orders an agent to $what then nothing happens without a yes',
  async ({ channel, given }) => attack(channel, given, 'react'),
);

test.each(tried(ofOneTool, 20))(
  'when $name of an MCP server orders a step with one tool to $what then nothing happens without a yes',
  async ({ channel, given }) => attack(channel, given, 'tool'),
);
