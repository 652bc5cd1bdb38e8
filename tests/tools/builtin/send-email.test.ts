import { expect, test } from 'vitest';

import { parseMailbox } from '../../../src/tools/builtin/mail-address.js';
import { sendEmailTool } from '../../../src/tools/builtin/send-email.js';
import { toolContext } from '../tool-context.js';

const MAIL = { to: ['grace@example.org'], subject: 'Hello', text: 'Hello' };

test.each<[string, object]>([
  ['a line end in the subject', { subject: 'Hi\r\nBcc: eve@example.org' }],
  ['a separator of lines in the subject', { subject: 'Hi\u2028Bcc: eve@example.org' }],
  ['a line end in a name', { to: ['Ada\r\nBcc: eve@example.org <ada@example.org>'] }],
  ['a line end in an address', { to: ['ada@example.org\nRCPT TO:<eve@example.org>'] }],
  ['two addresses in one', { to: ['ada@example.org, eve@example.org'] }],
  ['an address in quotes', { to: ['"eve@example.org ada"@example.com'] }],
  ['an address beside an address', { to: ['Ada <ada@example.org> <eve@example.org>'] }],
  ['a group', { to: ['team: ada@example.org, eve@example.org;'] }],
  ['a letter that hides', { to: ['ada@exam\u200Bple.org'] }],
  ['no address', { to: ['Ada'] }],
  ['nobody', { to: [] }],
  ['too many', { cc: Array<string>(51).fill('ada@example.org') }],
  ['an endless address', { to: [`${'a'.repeat(1_000_000)}@example.org`] }],
  ['a line end in where answers go', { reply_to: 'a@example.org\r\nX: y' }],
  ['a subject without an end', { subject: 'x'.repeat(501) }],
  ['a text without an end', { text: 'x'.repeat(1_000_001) }],
])('when a mail has %s then its arguments are refused', async (_what, args) => {
  expect(await sendEmailTool.parseArguments({ ...MAIL, ...args })).toMatchObject({ ok: false });
});

test.each([
  ['ada@example.org', { name: '', address: 'ada@example.org' }],
  ['Ada Lovelace <ada@example.org>', { name: 'Ada Lovelace', address: 'ada@example.org' }],
  ["O'Brien, Ada <a.b+c@sub.example.org>", { name: "O'Brien, Ada", address: 'a.b+c@sub.example.org' }],
  ['<ada@bücher.example>', { name: '', address: 'ada@bücher.example' }],
])('when the mailbox is %s then it is taken', (text, mailbox) => {
  expect(parseMailbox(text)).toEqual(mailbox);
});

test('when the server is called host then only the missing setting is named', () => {
  const settings = { send_email_tool: { host: 'host' } };
  const { environment } = toolContext({ projectRoot: '/nowhere', settings });
  expect(sendEmailTool.readiness?.(environment)).toMatchObject({
    why: 'The settings of the mail server are incomplete: from is missing.',
  });
});
