import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readMachinePolicy } from '../../src/config/machine-policy.js';
import { temporaryFolder } from './temporary-folder.js';

const read = (text: string) => {
  const path = join(temporaryFolder({ 'policy.json': text }), 'policy.json');
  return { path, rules: () => readMachinePolicy(path) };
};

test('when the machine has rules then each says where it is written', () => {
  const { path, rules } = read('{"approvals": {"pay_*": "deny"}}');
  expect(rules()).toEqual([{ glob: 'pay_*', policy: 'deny', source: `${path} approvals.pay_*` }]);
});

test('when there is no file then there are no rules', () => {
  expect(readMachinePolicy(join(temporaryFolder({}), 'policy.json'))).toEqual([]);
});

test.each(['{', '[]', '{}', '{"approvals": {"a": "never"}}', '{"approvals": {}, "tools": {}}'])(
  'when the file is %s then nothing is done without it',
  (text) => {
    expect(read(text).rules).toThrow(expect.objectContaining({ code: 'invalid-settings' }));
  },
);
