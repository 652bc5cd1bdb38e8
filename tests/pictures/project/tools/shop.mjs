import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import { defineTool } from 'portia';
import * as z from 'zod';

const ORDERS = {
  EU: [
    { id: 'O-1041', customer: 'Acme GmbH', mail: 'accounts@acme.example', amount: 12400, currency: 'EUR' },
    {
      id: 'O-1057',
      customer: 'Zürich Tools AG',
      mail: 'office@zuerich-tools.example',
      amount: 3180.5,
      currency: 'EUR',
    },
    { id: 'O-1060', customer: 'Lund & Co', mail: 'hello@lund.example', amount: 240, currency: 'EUR' },
  ],
  US: [
    { id: 'O-2217', customer: 'Northwind Traders', mail: 'payables@northwind.example', amount: 8750, currency: 'USD' },
    { id: 'O-2231', customer: 'Contoso Ltd', mail: 'finance@contoso.example', amount: 1999, currency: 'USD' },
  ],
};

// The pictures have a clock of their own, which calls move on.
const env = ['PICTURE_CLOCK'];
const BEGUN = Date.parse('2026-03-02T07:32:00Z');
const now = () => Number(readFileSync(process.env.PICTURE_CLOCK, 'utf8'));

/** Moves the clock on, once portia has written down when the call before ended. */
async function moveTo(time) {
  await setTimeout(200);
  writeFileSync(process.env.PICTURE_CLOCK, String(Math.max(now(), time)));
}

export const listOrders = defineTool({
  id: 'list_orders',
  name: 'Orders',
  description: 'Lists the open orders of a region.',
  effect: 'read',
  env,
  args: z.object({ region: z.enum(['EU', 'US']) }),
  run: async (_context, { region }) => {
    await moveTo(BEGUN + (region === 'EU' ? 900 : 1400));
    return ORDERS[region];
  },
});

export const exchangeRate = defineTool({
  id: 'exchange_rate',
  name: 'Exchange rate',
  description: 'Gives how many units of a currency one euro is.',
  effect: 'read',
  env,
  args: z.object({ currency: z.string() }),
  run: async () => {
    const isSecond = existsSync('.asked');
    await moveTo(BEGUN + (isSecond ? 2600 : 1800));
    if (isSecond) return 1.0842;
    writeFileSync('.asked', '');
    throw new Error('rates.example answered 503 Service Unavailable');
  },
});

export const sendMail = defineTool({
  id: 'send_mail',
  name: 'Mail',
  description: 'Sends a mail.',
  effect: 'once',
  env,
  args: z.object({ to: z.string(), subject: z.string(), body: z.string() }),
  run: async (_context, { to }) => {
    await moveTo(now() + 400);
    return `sent to ${to}`;
  },
});
