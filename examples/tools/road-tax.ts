import { defineTool } from 'portia';
import { z } from 'zod';

import { act } from '../acted.ts';

export const roadTax = defineTool({
  id: 'road_tax',
  name: 'Road tax',
  description: 'Renews the road tax of a vehicle. (An example: it only writes it to acted.log.)',
  effect: 'idempotent', // The same call again changes nothing more.
  args: z.object({
    registration: z.string().min(1).describe('What stands on the number plate'),
    reference: z.string().length(6).describe('The six digits in the reminder'),
  }),
  run: (context, args) => act(context, { tool: 'road_tax', ...args }, { ...args, until: '2027-11-30' }),
});
