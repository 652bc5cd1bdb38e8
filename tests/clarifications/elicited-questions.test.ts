import { describe, expect, test } from 'vitest';

import { readElicitation, type Elicitation } from '../../src/clarifications/elicitation.js';
import { elicitationResultOf, questionsOf } from '../../src/clarifications/elicited-questions.js';
import type { Json, JsonObject } from '../../src/domain/values/json.js';
import { question } from '../support/question-examples.js';

const SOURCE = 'notes';

function form(properties: JsonObject, required: string[] = Object.keys(properties)): Elicitation {
  const params = { message: 'Say more.', requestedSchema: { type: 'object', properties, required } };
  const read = readElicitation(params);
  if (read === undefined) throw new Error('It is not an elicitation.');
  return read;
}

/** What the server hears when its questions are answered with these, in their order. */
function heard(elicitation: Elicitation, ...responses: Json[]) {
  const asked = questionsOf(elicitation, SOURCE);
  return elicitationResultOf(
    elicitation,
    asked.map((request, index) => question({ ...request, response: responses[index] ?? null, resolved: true })),
  );
}

const oneOf = [
  { const: '#f00', title: 'Red' },
  { const: '#0f0', title: 'Green' },
];
const accept = (content: JsonObject) => ({ action: 'accept', content });

describe('when a server asks by a form', () => {
  test.each<[string, JsonObject, object]>([
    ['text', { type: 'string' }, { category: 'Input', schema: { anyOf: [{ type: 'string' }, { type: 'null' }] } }],
    ['a number', { type: 'number', minimum: 1 }, { category: 'Input' }],
    ['a boolean', { type: 'boolean' }, { category: 'Multiple Choice', options: [true, false, null] }],
    ['a list', { type: 'string', enum: ['a', 'b'] }, { category: 'Multiple Choice', options: ['a', 'b', null] }],
    ['a list with titles', { type: 'string', oneOf }, { category: 'Multiple Choice', options: ['#f00', '#0f0', null] }],
    ['several', { type: 'array', items: { anyOf: oneOf } }, { category: 'Input' }],
    ['a secret', { type: 'string', format: 'password' }, { schema: { type: 'string', format: 'password' } }],
    ['a default', { type: 'integer', default: 3 }, { category: 'Value Confirmation', value: 3 }],
  ])('then a field for %s is a question of the kind that suits it', (_case, schema, expected) => {
    expect(questionsOf(form({ size: schema }), SOURCE)).toEqual([
      expect.objectContaining({ ...expected, argument_name: 'size', source: 'notes' }),
    ]);
  });

  test('then a question says what the form says', () => {
    const field = { type: 'string', title: 'Colour', description: 'Of the wall', oneOf };
    expect(questionsOf(form({ colour: field }), SOURCE)[0]?.user_guidance).toBe(
      'Say more.\nColour: Of the wall\n  "#f00": Red\n  "#0f0": Green\nnull declines to answer.',
    );
  });

  test('then each field is a question by its name', () => {
    expect(questionsOf(form({ a: { type: 'string' }, b: { type: 'number' } }), SOURCE)).toEqual([
      expect.objectContaining({ argument_name: 'a' }),
      expect.objectContaining({ argument_name: 'b' }),
    ]);
  });

  test('then a form without fields asks for a yes', () => {
    expect(questionsOf(form({}), SOURCE)).toEqual([
      { category: 'User Verification', user_guidance: 'Say more.', source: 'notes' },
    ]);
  });

  test('then an address is something to do', () => {
    const asked = readElicitation({ mode: 'url', message: 'Sign in.', url: 'https://example.com', elicitationId: '7' });
    expect(asked && questionsOf(asked, SOURCE)).toEqual([
      { category: 'Action', user_guidance: 'Sign in.', action_url: 'https://example.com', source: 'notes' },
    ]);
  });
});

describe('when the questions of a server are answered', () => {
  const optional = form({ name: { type: 'string' }, age: { type: 'integer' } }, ['name']);

  test.each<[string, Elicitation, Json[], object]>([
    ['text', form({ name: { type: 'string' } }), ['Ana'], accept({ name: 'Ana' })],
    ['all fields', optional, ['Ana', 7], accept({ name: 'Ana', age: 7 })],
    ['null for what is optional', optional, ['Ana', null], accept({ name: 'Ana' })],
    ['null for what is required', optional, [null, 7], { action: 'decline' }],
    ['nothing for an optional text', form({ name: { type: 'string' } }, []), [''], accept({})],
    ['false', form({ sure: { type: 'boolean' } }), [false], accept({ sure: false })],
    ['yes to a default', form({ size: { type: 'integer', default: 3 } }), [true], accept({ size: 3 })],
    ['another value', form({ size: { type: 'integer', default: 3 } }), [4], accept({ size: 4 })],
    ['no to a default', form({ size: { type: 'integer', default: 3 } }), [false], { action: 'decline' }],
    ['a default that is true', form({ sure: { type: 'boolean', default: true } }), [true], accept({ sure: true })],
    ['yes', form({}), [true], accept({})],
    ['no', form({}), [false], { action: 'decline' }],
    ['done', { mode: 'url', message: 'Sign in.', url: 'https://example.com' }, [true], { action: 'accept' }],
  ])('then %s reaches it', (_case, elicitation, responses, expected) => {
    expect(heard(elicitation, ...responses)).toEqual(expected);
  });

  test('then nothing reaches it before all are answered', () => {
    const asked = questionsOf(optional, SOURCE).map((request) => question({ ...request }));
    expect(elicitationResultOf(optional, asked)).toBeUndefined();
    expect(elicitationResultOf(optional, asked.slice(0, 0))).toBeUndefined();
  });
});

describe('when a server sends what is no elicitation', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['no message', { requestedSchema: { type: 'object', properties: {} } }],
    ['no schema', { message: 'Say more.' }],
    ['a field without a schema', { message: 'Say more.', requestedSchema: { properties: { a: 'text' } } }],
    ['an address that is not a text', { mode: 'url', message: 'Go.', url: 7 }],
    ['another mode', { mode: 'voice', message: 'Say more.', requestedSchema: { properties: {} } }],
  ])('then %s is no question', (_case, params) => {
    expect(readElicitation(params)).toBeUndefined();
  });
});
