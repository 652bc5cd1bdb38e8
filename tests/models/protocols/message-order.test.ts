import { expect, test } from 'vitest';

import { inOrder } from '../../../src/models/protocols/message-order.js';
import type { ModelMessage } from '../../../src/models/model.js';

const system = (text: string): ModelMessage => ({ role: 'system', text });
const user = (text: string): ModelMessage => ({ role: 'user', text });
const call = { id: 'a', name: 'f', arguments: '{}' };
const turn = (text: string, ...toolCalls: (typeof call)[]): ModelMessage => ({ role: 'assistant', text, toolCalls });
const result = (text: string, ...images: string[]): ModelMessage => ({
  ...{ role: 'tool', toolCallId: 'a', text },
  ...(images.length > 0 && { images }),
});

const rules: [string, ModelMessage[], ModelMessage[]][] = [
  ['good order', [system('s'), user('u'), turn('', call), result('r'), turn('t'), user('v')], []],
  [
    'a user behind a result',
    [user('u'), turn('', call), result('r'), user('v')],
    [user('u'), turn('', call), result('r\n\nv')],
  ],
  [
    'a user behind two results',
    [turn('', call, call), result('r'), result('s'), user('v')],
    [turn('', call, call), result('r'), result('s\n\nv')],
  ],
  ['two users', [user('u'), user('v')], [user('u\n\nv')]],
  [
    'images of two results',
    [turn('', call, call), result('r', '1'), result('s', '2'), user('v')],
    [
      ...[turn('', call, call), result('r'), result('s')],
      { role: 'user', text: 'The images of the results above, in their order:\n\nv', images: ['1', '2'] },
    ],
  ],
  ['an image of a user behind a result', [turn('', call), result('r'), { role: 'user', text: 'v', images: ['1'] }], []],
  ['a blank system message', [system(' \n'), user('u')], [user('u')]],
  ['a late system message', [user('u'), system('s')], [system('s'), user('u')]],
  ['two system messages', [system('s'), system('t'), user('u')], [system('s\n\nt'), user('u')]],
  ['empty texts', [user(''), turn(' '), user('')], [user('(no text)'), turn('(no text)'), user('(no text)')]],
  ['an empty result', [user('u'), turn('', call), result('')], [user('u'), turn('', call), result('(no text)')]],
];
test.each(rules)('when messages have %s then they are as the strictest servers want them', (_what, given, wanted) => {
  expect(inOrder(given)).toEqual(wanted.length === 0 ? given : wanted);
});
