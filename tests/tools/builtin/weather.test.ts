import { afterEach, beforeEach, expect, test } from 'vitest';

import { weatherTool } from '../../../src/tools/builtin/weather.js';
import { sendJson, startServer, type LocalServer } from '../local-server.js';
import { toolContext } from '../tool-context.js';

const london = { name: 'London', country: 'United Kingdom', admin1: 'England', latitude: 51.5, longitude: -0.1 };
const ontario = { name: 'London', country: 'Canada', admin1: 'Ontario', latitude: 43, longitude: -81.2 };
const current = { time: '2026-11-23T09:00', temperature_2m: 7.4, weather_code: 61, wind_speed_10m: 12 };

let server: LocalServer;
let replies: Record<string, [value: unknown, status?: number]>;
beforeEach(async () => {
  replies = { '/geo/v1/search': [{ results: [london, ontario] }], '/v1/forecast': [{ current }] };
  server = await startServer(({ url }, response) => sendJson(response, ...(replies[url.pathname] ?? ['?', 404])));
});
afterEach(() => server.close());

function weather(city: string) {
  const settings = { weather_tool: { base_url: server.url, geocoding_base_url: `${server.url}/geo` } };
  return weatherTool.run(toolContext({ projectRoot: '/nowhere', settings }), { city });
}

test('when the city is known, then its weather is given, with a sentence', async () => {
  expect(await weather('London & more?')).toMatchObject({
    kind: 'output',
    value: {
      city: 'London',
      country: 'United Kingdom',
      temperature_celsius: 7.4,
      description: 'slight rain',
      time: '2026-11-23T09:00Z',
    },
    summary: 'The current weather in London is slight rain with a temperature of 7.4°C.',
  });
  expect(server.requests.map(({ url }) => url.searchParams.get('name') ?? url.searchParams.get('latitude'))).toEqual([
    'London & more?',
    '51.5',
  ]);
});

test('when a region is named, then the place there is meant', async () => {
  expect(await weather('London, Ontario')).toMatchObject({ value: { country: 'Canada' } });
  expect(await weather('London, France')).toMatchObject({ kind: 'failure', retryable: false });
});

test.each<[string, Record<string, [unknown, number?]>, boolean]>([
  ['knows no such place', { '/geo/v1/search': [{}] }, false],
  ['sends no list of places', { '/geo/v1/search': [{ results: 5 }] }, true],
  ['sends no weather', { '/v1/forecast': [{}] }, true],
  ['is down', { '/v1/forecast': [{}, 502] }, true],
  ['is too busy', { '/geo/v1/search': [{}, 429] }, true],
])('when the service %s, then it is a failure (retryable: %s)', async (_case, changed, retryable) => {
  replies = { ...replies, ...changed };
  expect(await weather('London')).toMatchObject({ kind: 'failure', retryable });
});

test('when an address is not an address, then the setting is named', async () => {
  const context = toolContext({ projectRoot: '/nowhere', settings: { weather_tool: { geocoding_base_url: 'x' } } });
  const result = await weatherTool.run(context, { city: 'London' });
  expect(result).toMatchObject({ kind: 'failure', message: expect.stringContaining('geocoding_base_url') });
});
