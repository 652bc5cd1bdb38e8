import { defineTool } from 'portia';
import { z } from 'zod';

import { act } from '../acted.ts';

export const sendEmail = defineTool({
  id: 'send_email',
  name: 'Send e-mail',
  description: 'Sends an e-mail. (An example: it only writes it to acted.log.)',
  effect: 'once', // A mail that was sent cannot be taken back, so a person is asked before it.
  args: z.object({
    to: z.string().describe('Address'),
    subject: z.string().describe('Subject'),
    body: z.string().describe('Text'),
  }),
  run: (context, mail) => act(context, { tool: 'send_email', ...mail }, `sent to ${mail.to}`),
});
