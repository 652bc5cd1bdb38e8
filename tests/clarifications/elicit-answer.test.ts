import { specTypeSchemas } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';

import { elicitationsOf, hearAnswer } from '../../src/clarifications/elicit-answer.js';
import type { Clarification } from '../../src/domain/run/clarification.js';
import type { Json, JsonObject } from '../../src/domain/values/json.js';
import { question } from '../support/question-examples.js';

const BOTH = { form: true, url: true };
const input = (schema?: Json) => question({ category: 'Input', ...(schema === undefined ? {} : { schema }) });
const choice = (...options: Json[]) => question({ category: 'Multiple Choice', options });
const confirmation = (value: Json, schema?: Json) =>
  question({ category: 'Value Confirmation', value, ...(schema === undefined ? {} : { schema }) });
const custom = (data: Json = {}) => question({ category: 'Custom', data });
const action = (fields: Record<string, unknown> = {}) => question({ category: 'Action', ...fields });
const verification = question({ category: 'User Verification', user_guidance: 'Is it right?' });
const approval = question({
  category: 'User Verification',
  tool_id: 'send_tool',
  args: { to: 'a@example.com', body: 'line 1\nline 2' },
  key: '1:1:approval:1',
  source: 'portia',
});
const outcome = question({
  category: 'Multiple Choice',
  argument_name: 'outcome',
  options: ['happened', 'not_done', 'stop'],
  unknown_outcome: true,
  tool_id: 'send_tool',
  args: { to: 'a@example.com' },
});
const FLAT = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 18 } },
  required: ['name'],
};

/** The only form of a question, without what all forms have. */
function fieldsOf(asked: Clarification): JsonObject {
  const elicitation = elicitationsOf(asked, BOTH)?.[asked.id];
  if (elicitation?.mode !== 'form') throw new Error('It is not asked by a form.');
  return elicitation.requestedSchema.properties;
}

function accept(asked: Clarification, content: JsonObject) {
  return hearAnswer(asked, { [asked.id]: { action: 'accept', content } });
}

const answered = (value: Json) => ({ kind: 'answered', value });
const refused = { kind: 'refused' };
const words = (...keys: string[]) => ({
  answer: { type: 'string', oneOf: keys.map((key) => expect.objectContaining({ const: key })) },
});

describe('when a question is put to a person by a form', () => {
  test.each<[string, Clarification, Record<string, unknown>]>([
    ['text', input(), { answer: { type: 'string', title: 'filename' } }],
    [
      'an address of mail',
      input({ type: 'string', format: 'email', maxLength: 9, pattern: '.' }),
      { answer: { type: 'string', format: 'email', maxLength: 9 } },
    ],
    ['a number', input({ type: 'number', minimum: 1 }), { answer: { type: 'number', minimum: 1 } }],
    ['a whole number', input({ type: 'integer' }), { answer: { type: 'integer' } }],
    ['a boolean', input({ type: 'boolean' }), { answer: { type: 'boolean' } }],
    ['a list of texts', input({ enum: ['a', 'b'] }), { answer: { enum: ['a', 'b'] } }],
    ['a list of other values', input({ enum: ['a', 2] }), words('1', '2')],
    [
      'several of a list',
      input({ type: 'array', minItems: 1, items: { enum: ['a', 'b'] } }),
      { answer: { type: 'array', minItems: 1, items: { type: 'string', enum: ['a', 'b'] } } },
    ],
    ['an object', input({ type: 'object' }), { answer: { type: 'string', description: 'a JSON object' } }],
    ['a description', input({ type: 'string', description: 'Of today' }), { answer: { description: 'Of today' } }],
    ['options', choice('a', 'b'), { answer: { enum: ['a', 'b'] } }],
    ['options that are no texts', choice(50, null), words('1', '2')],
    ['options of which two are equal', choice('a', 'a'), words('1', '2')],
    ['a value', confirmation(12), { ...words('yes', 'no', 'other'), value: { type: 'number' } }],
    ['an agreement', verification, words('yes', 'no')],
    ['a call', approval, { ...words('yes', 'run', 'no'), reason: { type: 'string' } }],
    ['an unknown outcome', outcome, { ...words('happened', 'not_done', 'stop'), result: { type: 'string' } }],
    ['something to do at no address', action({ action_url: 'ask Ana' }), words('done')],
    ['a question of its own kind', custom(), { answer: { type: 'string' } }],
    [
      'a flat object',
      custom({ schema: FLAT }),
      { name: { type: 'string', title: 'name' }, age: { type: 'integer', minimum: 18 } },
    ],
  ])('then %s has the fields that suit it, and the protocol takes the form', (_case, asked, fields) => {
    expect(fieldsOf(asked)).toMatchObject(fields);
    const request = { method: 'elicitation/create', params: elicitationsOf(asked, BOTH)?.[asked.id] };
    expect(specTypeSchemas.ElicitRequest['~standard'].validate(request)).toEqual({ value: request });
  });

  test('then it shows the whole call, and nothing hidden', () => {
    const asked = { ...approval, user_guidance: 'Send\u202e it?' };
    expect(elicitationsOf(asked, BOTH)?.[asked.id]?.message).toBe(
      'Send\\u{202e} it?\nsend_tool\n  to: "a@example.com"\n  body: "line 1\\nline 2"',
    );
  });

  test('then a secret is never asked for', () => {
    expect(elicitationsOf(input({ type: 'string', format: 'password' }), BOTH)).toBeUndefined();
  });
});

describe('when a form comes back', () => {
  test.each<[string, Clarification, JsonObject, object]>([
    ['text', input(), { answer: ' two words ' }, answered(' two words ')],
    ['nothing', input(), {}, refused],
    ['a number', input({ type: 'number' }), { answer: 2.5 }, answered(2.5)],
    ['a boolean', input({ type: 'boolean' }), { answer: false }, answered(false)],
    ['a listed value by its place', input({ enum: ['a', 2] }), { answer: '2' }, answered(2)],
    ['several values', input({ type: 'array', items: { enum: ['a'] } }), { answer: ['a'] }, answered(['a'])],
    ['a JSON object', input({ type: 'object' }), { answer: '{"a":1}' }, answered({ a: 1 })],
    ['text for an object', input({ type: 'object' }), { answer: 'a' }, refused],
    ['an option', choice('a', 'b'), { answer: 'b' }, answered('b')],
    ['an option by its place', choice(50, '50'), { answer: '2' }, answered('50')],
    ['no option', choice('a'), { answer: 'c' }, refused],
    ['yes to a value', confirmation(12), { answer: 'yes' }, answered(true)],
    ['yes with the field as it was', confirmation('a'), { answer: 'yes', value: '' }, answered(true)],
    ['yes with the same value', confirmation(12), { answer: 'yes', value: 12 }, answered(true)],
    ['yes with another value', confirmation(12), { answer: 'yes', value: 13 }, refused],
    ['another value', confirmation(12), { answer: 'other', value: 13 }, answered(13)],
    ['another value that is left out', confirmation(12), { answer: 'other' }, refused],
    ['no to a value', confirmation(12), { answer: 'no' }, answered(false)],
    ['yes', verification, { answer: 'yes' }, answered(true)],
    ['no', verification, { answer: 'no' }, answered(false)],
    ['run where nothing is called', verification, { answer: 'run' }, refused],
    ['yes to a call', approval, { answer: 'yes' }, answered(true)],
    ['yes for the run', approval, { answer: 'run' }, answered('run')],
    ['no to a call, and why', approval, { answer: 'no', reason: ' late ' }, answered({ no: 'late' })],
    ['no to a call, without a reason', approval, { answer: 'no', reason: '' }, answered(false)],
    ['yes to a call, and why not', approval, { answer: 'yes', reason: 'late' }, refused],
    ['a boolean where a word is asked', approval, { answer: true }, refused],
    ['a form without its field', approval, {}, refused],
    ['a call that happened', outcome, { answer: 'happened' }, answered('happened')],
    ['what a call gave', outcome, { answer: 'happened', result: '{"id":7}' }, answered({ happened: { id: 7 } })],
    ['a text that a call gave', outcome, { answer: 'happened', result: 'sent' }, answered({ happened: 'sent' })],
    ['a result of no call', outcome, { answer: 'not_done', result: 'sent' }, refused],
    ['done', action({ action_url: 'ask Ana' }), { answer: 'done' }, answered(true)],
    ['text for a question of its own kind', custom(), { answer: 'hello' }, answered('hello')],
    ['JSON for a question of its own kind', custom(), { answer: '[1]' }, answered([1])],
    ['a flat object', custom({ schema: FLAT }), { name: 'Ana', age: 18 }, answered({ name: 'Ana', age: 18 })],
    ['a flat object without what is optional', custom({ schema: FLAT }), { name: 'Ana' }, answered({ name: 'Ana' })],
    ['a flat object without what is required', custom({ schema: FLAT }), { age: 18 }, refused],
  ])('then %s is read and checked', (_case, asked, content, expected) => {
    expect(accept(asked, content)).toMatchObject(expected);
  });

  test('then what does not fit the schema is refused with what is allowed', () => {
    const asked = input({ type: 'integer', minimum: 1 });
    const results = { [asked.id]: { action: 'accept', content: { answer: 0 } } };
    expect(hearAnswer(asked, results, { validate: () => ['must be >= 1'] })).toEqual({
      kind: 'refused',
      problem: 'does not fit: must be >= 1',
      allowed: 'a whole number, at least 1',
    });
  });
});

describe('when nobody answered', () => {
  test.each<[string, unknown, string]>([
    ['a decline', { action: 'decline' }, 'declined'],
    ['a decline with an answer', { action: 'decline', content: { answer: 'yes' } }, 'declined'],
    ['a cancel', { action: 'cancel' }, 'cancelled'],
    ['another action', { action: 'approve', content: { answer: 'yes' } }, 'silent'],
    ['a text', 'yes', 'silent'],
    ['nothing', undefined, 'silent'],
  ])('then %s leaves the question open', (_case, result, why) => {
    expect(hearAnswer(approval, { [approval.id]: result })).toEqual({ kind: 'open', why });
  });

  test('then an answer to another question is no answer to this one', () => {
    const results = { [verification.id]: { action: 'accept', content: { answer: 'yes' } } };
    expect(hearAnswer(approval, results)).toEqual({ kind: 'open', why: 'silent' });
  });
});

describe('when a person has to go somewhere', () => {
  const address = { action_url: 'https://example.com/login', user_guidance: 'Sign in.' };

  test('then the address is asked by its own mode, and agreeing to go there is the answer', () => {
    const asked = action(address);
    expect(elicitationsOf(asked, BOTH)).toEqual({
      [asked.id]: { mode: 'url', message: 'Sign in.', url: 'https://example.com/login' },
    });
    expect(hearAnswer(asked, { [asked.id]: { action: 'accept' } })).toEqual(answered(true));
    expect(hearAnswer(asked, { [asked.id]: { action: 'decline' } })).toEqual({ kind: 'open', why: 'declined' });
  });

  test('then where it must be confirmed, only the form that says so is the answer', () => {
    const asked = action({ ...address, require_confirmation: true });
    const [visit = '', done = ''] = Object.keys(elicitationsOf(asked, BOTH) ?? {});
    expect(hearAnswer(asked, { [visit]: { action: 'accept' } })).toEqual({ kind: 'open', why: 'silent' });
    const results = { [visit]: { action: 'accept' }, [done]: { action: 'accept', content: { answer: 'done' } } };
    expect(hearAnswer(asked, results)).toEqual(answered(true));
  });

  test.each([
    ['no addresses', { form: true, url: false }, action(address)],
    ['no forms', { form: false, url: true }, action({ ...address, require_confirmation: true })],
    ['no forms', { form: false, url: true }, input()],
  ])('then a client that shows %s is not asked', (_case, modes, asked) => {
    expect(elicitationsOf(asked, modes)).toBeUndefined();
  });
});
