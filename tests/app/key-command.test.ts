import { expect, test } from 'vitest';

import { keyFromCommand } from '../../src/app/key-command.js';
import { Guests } from '../../src/processes/guests.js';

const place = { guests: new Guests(process.kill.bind(process)), directory: '/', environment: process.env };

test('when a program prints no key in time then it is ended, and the error says so', async () => {
  const command = { value: ['sleep', '60'], origin: 'user', source: 'config.json api_key_command.openai' } as const;
  await expect(keyFromCommand(command, { ...place, timeoutMs: 50 })).rejects.toMatchObject({
    code: 'no-model',
    message: 'There is no key where config.json api_key_command.openai says.',
    details: { why: 'It printed no key within 0.05 s.' },
  });
});
