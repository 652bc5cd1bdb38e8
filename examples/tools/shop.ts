import { defineTool } from 'portia';
import { z } from 'zod';

import { act } from '../acted.ts';

const SHELVES: Readonly<Record<string, string[]>> = {
  milk: ['Semi-skimmed milk 2 l - £1.45'],
  bread: ['Rye bread - £2.10', 'White bread - £1.10', 'Baguette - £0.95'],
  butter: ['Salted butter - £1.90', 'Unsalted butter - £1.95'],
};

export const signIn = defineTool({
  id: 'shop_sign_in',
  name: 'Sign in to the shop',
  description: 'Gives the customer who is signed in. (An example: it is always the same one.)',
  effect: 'read',
  args: z.object({}),
  run: () => 'customer 7',
});

/** Asks a person when there are several products: the answer comes back as the argument `choice`. */
export const findProduct = defineTool({
  id: 'shop_find_product',
  name: 'Find a product',
  description: 'Finds a product and its price. Gives an empty text when the shop has none.',
  effect: 'read',
  args: z.object({
    item: z.string().describe('What is looked for'),
    choice: z.string().optional().describe('The product that was chosen'),
  }),
  run(_context, { item, choice }) {
    if (choice !== undefined) return choice;
    const found = SHELVES[item] ?? [];
    if (found.length < 2) return found[0] ?? '';
    return {
      kind: 'clarifications' as const,
      clarifications: [
        {
          category: 'Multiple Choice' as const,
          user_guidance: `Which ${item}?`,
          argument_name: 'choice',
          options: [...found, 'Skip this item'],
        },
      ],
    };
  },
});

export const addToCart = defineTool({
  id: 'shop_add_to_cart',
  name: 'Add to the cart',
  description: 'Adds a product to the cart of a customer. (An example: it only writes it to acted.log.)',
  effect: 'once',
  args: z.object({ customer: z.string(), product: z.string().min(1) }),
  run: (context, args) => act(context, { tool: 'shop_add_to_cart', ...args }, `${args.product} is in the cart`),
});
