import { answer, completion } from '../fault-server.js';
import { google, openai } from './error-row.js';
import type { Habit } from './habit.js';

const ok = answer(completion('hi'));

const limited = (does: string, server: string, headers: Record<string, string>, body: object, ms: number): Habit => ({
  server,
  does,
  answers: [answer(body, 429, headers), ok],
  expected: { text: 'hi', waits: [ms] },
});

const slowDown = openai('Rate limit reached', { code: 'rate_limit_exceeded' });
const said = (words: string): object => openai(words, { code: 'rate_limit_exceeded' });

/** When a server takes requests again; the clock of the test says 2026-01-01T00:00:00Z. */
export const WAITS: Habit[] = [
  limited('gives seconds', 'Groq', { 'retry-after': '2' }, slowDown, 2_000),
  limited('gives milliseconds, too', 'Azure', { 'retry-after-ms': '300', 'retry-after': '1' }, slowDown, 300),
  limited('gives a date', 'a proxy', { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, slowDown, 9_000),
  limited(
    'says it in words',
    'OpenAI',
    {},
    said('Rate limit reached for m. Please try again in 1.2s. Visit our page.'),
    1_200,
  ),
  limited('says it in milliseconds', 'OpenAI', {}, said('Please try again in 20ms.'), 20),
  limited('says it in minutes and seconds', 'Groq', {}, said('Please try again in 0m7.66s.'), 7_660),
  limited('says it in whole words', 'Azure', {}, said('Please retry after 26 seconds.'), 26_000),
  limited(
    'says how long to wait',
    'GitHub Models',
    {},
    said('Rate limit of 10 per 60s exceeded. Please wait 58 seconds before retrying.'),
    58_000,
  ),
  limited(
    'gives a delay for retries',
    'Google',
    {},
    google(429, 'You exceeded your current quota, please check your plan and billing details.', {
      status: 'RESOURCE_EXHAUSTED',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '31s' }],
    }),
    31_000,
  ),
  limited(
    'tells when its limits end',
    'OpenAI',
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-remaining-tokens': '900',
      'x-ratelimit-reset-tokens': '3h',
    },
    slowDown,
    60_000,
  ),
  limited(
    'tells it in seconds',
    'Cerebras',
    { 'x-ratelimit-reset-tokens-minute': '11.38', 'x-ratelimit-remaining-tokens-minute': '0' },
    slowDown,
    11_380,
  ),
  limited(
    'tells it as a time in milliseconds',
    'OpenRouter',
    { 'x-ratelimit-reset': String(Date.UTC(2026, 0, 1, 0, 0, 5)), 'x-ratelimit-remaining': '0' },
    slowDown,
    5_000,
  ),
  limited(
    'tells it as a time in seconds',
    'GitHub',
    { 'x-ratelimit-reset': String(Date.UTC(2026, 0, 1, 0, 0, 8) / 1000) },
    slowDown,
    8_000,
  ),
  limited(
    'tells it as a date',
    'Anthropic',
    { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:12Z' },
    slowDown,
    12_000,
  ),
  limited(
    'tells it as the draft of a standard does',
    'a proxy',
    { 'ratelimit-remaining': '0', 'ratelimit-reset': '4' },
    slowDown,
    4_000,
  ),
  limited(
    'tells of limits that are not used up',
    'OpenAI',
    { 'x-ratelimit-remaining-requests': '99', 'x-ratelimit-reset-requests': '12ms' },
    slowDown,
    250,
  ),
  limited(
    'says nothing that can be read',
    'a proxy',
    { 'retry-after': 'soon', 'x-ratelimit-reset': 'later' },
    slowDown,
    250,
  ),
  {
    server: 'Hugging Face',
    does: 'estimates how long a model is loaded',
    answers: [answer({ error: 'Model m is currently loading', estimated_time: 20.5 }, 503), ok],
    expected: { text: 'hi', waits: [20_500] },
  },
  {
    server: 'daily limits',
    does: 'end in hours',
    answers: [answer(said('Limit 100, Used 100. Please try again in 3h20m.'), 429)],
    expected: { code: 'rate-limited', why: /Used 100/, fix: /^Try again in 4 hours\.$/, requests: 1 },
  },
  {
    server: 'daily limits',
    does: 'end in seconds by the header',
    answers: [answer(slowDown, 429, { 'retry-after': '3600' })],
    expected: { code: 'rate-limited', why: /Rate limit reached/, fix: /^Try again in 60 minutes\.$/, requests: 1 },
  },
];
