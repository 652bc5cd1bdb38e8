import { answer, raw } from '../models/fault-server.js';
import { google, openai, page } from '../models/habits/error-row.js';
import type { End, Fault, Patience } from './fault.js';

const status = (
  name: string,
  [code, body, headers = {}]: [number, object | string, Record<string, string>?],
  end: End,
  patience: Patience,
): Fault => ({
  name,
  spoils: () => (typeof body === 'string' ? raw(body, 'text/html', code) : answer(body, code, headers)),
  end,
  patience,
});

const slowDown = openai('Rate limit reached', { code: 'rate_limit_exceeded' });
const down = (code: number): Fault =>
  status(`status ${code}`, [code, openai('The server had an error')], 'unavailable', 'retried');

/** What servers answer in place of a reply. */
export const STATUS_FAULTS: Fault[] = [
  status('400 for whatever reason', [400, openai('Field n is not known')], 'invalid-settings', 'climbed'),
  status('401', [401, openai('Incorrect API key provided', { code: 'invalid_api_key' })], 'key-rejected', 'once'),
  status('401 as a page', [401, page('401 Authorization Required')], 'key-rejected', 'once'),
  status(
    '400 for a key',
    [400, google(400, 'API key not valid. Please pass a valid API key.')],
    'key-rejected',
    'once',
  ),
  status('402', [402, openai('Insufficient Balance')], 'rate-limited', 'once'),
  status('403', [403, openai('You do not have access to this model')], 'key-rejected', 'once'),
  status('403 for a country', [403, openai('Country, region, or territory not supported')], 'unavailable', 'once'),
  status(
    '404 for a model',
    [404, openai('The model `m` does not exist', { code: 'model_not_found' })],
    'no-model',
    'once',
  ),
  status('404 as text', [404, '404 page not found'], 'no-model', 'once'),
  status('405', [405, 'Method Not Allowed'], 'invalid-settings', 'climbed'),
  down(408),
  status('409', [409, openai('Conflict')], 'unavailable', 'retried'),
  status('413', [413, page('413 Request Entity Too Large')], 'invalid-input', 'once'),
  status('422', [422, { detail: [{ loc: ['body', 'n'], msg: 'Extra inputs' }] }], 'invalid-settings', 'climbed'),
  status(
    'a context that is too short',
    [400, openai("This model's maximum context length is 8192 tokens")],
    'invalid-input',
    'once',
  ),
  status(
    'a filter of prompts',
    [400, openai('The prompt was filtered', { code: 'content_filter' })],
    'model-refused',
    'once',
  ),
  status('429', [429, slowDown, { 'retry-after-ms': '1' }], 'rate-limited', 'retried'),
  status(
    '429 until a date that is over',
    [429, slowDown, { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' }],
    'rate-limited',
    'retried',
  ),
  status('429 for less than nothing', [429, slowDown, { 'retry-after': '-5' }], 'rate-limited', 'retried'),
  status('429 for 30 years', [429, slowDown, { 'retry-after': '1000000000' }], 'rate-limited', 'once'),
  status('429 for nonsense', [429, slowDown, { 'retry-after': 'soon' }], 'rate-limited', 'retried'),
  status(
    'a quota that is used up',
    [429, openai('You exceeded your current quota', { code: 'insufficient_quota' })],
    'rate-limited',
    'once',
  ),
  down(500),
  status('501', [501, openai('Not Implemented')], 'unavailable', 'retried'),
  status('502 as a page', [502, page('502 Bad Gateway')], 'unavailable', 'retried'),
  down(503),
  status(
    '503 while a model is loaded',
    [503, { error: { code: 503, message: 'Loading model' } }],
    'unavailable',
    'retried',
  ),
  status('504 as a page', [504, page('504 Gateway Time-out')], 'unavailable', 'retried'),
  status(
    '529',
    [529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    'unavailable',
    'retried',
  ),
  status(
    '200 with an error in it',
    [200, { error: { code: 429, message: 'Rate limited upstream' } }],
    'rate-limited',
    'retried',
  ),
  status(
    '200 with an error in its stream',
    [200, 'data: {"error":{"code":503,"message":"Overloaded"}}\n\ndata: [DONE]\n\n'],
    'unavailable',
    'retried',
  ),
];
