import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

import { checkAnswer } from '../../src/clarifications/parse-answer.js';
import { responseSchema } from '../../src/clarifications/response-schema.js';
import type { Clarification } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import { question } from '../support/question-examples.js';

const ajv = new Ajv2020({ strict: false });

describe('when a program asks for the schema of an answer', () => {
  test.each<[string, Clarification, Json[], Json[]]>([
    ['an input', question({ category: 'Input' }), ['text', ''], [null, 7]],
    ['a typed input', question({ category: 'Input', schema: { type: 'integer' } }), [7], ['seven', null]],
    ['a choice', question({ category: 'Multiple Choice', options: ['a', { b: 1 }] }), ['a', { b: 1 }], ['c']],
    [
      'an unknown outcome',
      question({ category: 'Multiple Choice', options: ['happened', 'stop'], unknown_outcome: true, tool_id: 'send' }),
      ['happened', 'stop', { happened: { id: 7 } }],
      ['perhaps', { happened: 1, id: 7 }, {}],
    ],
    ['a value', question({ category: 'Value Confirmation', value: 12 }), [true, false, 13], ['text', null]],
    ['a value of any type', question({ category: 'Value Confirmation' }), [true, 'text', 7, [1]], []],
    ['an agreement', question({ category: 'User Verification' }), [true, false], ['perhaps', 'run', null]],
    [
      'a call',
      question({ category: 'User Verification', tool_id: 'send', args: {}, key: '1:1:approval:1' }),
      [true, false, 'run', { no: 'too late' }, { yes: { to: 'Ada' } }],
      ['perhaps', { no: '' }, { yes: 7 }, { yes: {}, no: 'x' }],
    ],
    [
      'a call that may always be made',
      question({ category: 'User Verification', tool_id: 'send', args: {}, may_keep: true, key: '1:1:approval:1' }),
      [true, 'run', 'always'],
      ['perhaps'],
    ],
    [
      'a call with a schema',
      question({
        category: 'User Verification',
        tool_id: 'send',
        args: {},
        args_schema: { type: 'object', required: ['to'] },
        key: '1:1:approval:1',
      }),
      [{ yes: { to: 'Ada' } }],
      [{ yes: { copies: 2 } }],
    ],
    ['something to do', question({ category: 'Action' }), [true], [false, null]],
    ['a question of its own kind', question({ category: 'Custom' }), [null, 7, 'text', {}], []],
    [
      'a typed question of its own kind',
      question({ category: 'Custom', data: { schema: { type: 'object', required: ['a'] } } }),
      [{ a: 1 }],
      [{}, 7],
    ],
  ])('then that of %s takes what is recorded, and nothing else', (_case, asked, good, bad) => {
    const fits = ajv.compile(responseSchema(asked));
    for (const value of good) {
      expect(fits(value)).toBe(true);
      expect(checkAnswer(asked, value)).toEqual({ ok: true, value });
    }
    for (const value of bad) expect(fits(value)).toBe(false);
  });
});
