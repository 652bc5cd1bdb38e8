import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { KillScenario } from '../support/kill-everywhere.js';
import { makeToolProject } from '../support/tool-project.js';

/** A shop: milk is on the shelf, bread has five alternatives, caviar has none. Whoever has a file signed-in is signed in. */
const SHOP = `
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const SHELVES = {
  milk: ['Semi-skimmed milk 2 l - £1.45'],
  bread: ['Rye bread - £2.10', 'White bread - £1.10', 'Baguette - £0.95', 'Toast - £1.30', 'Naan - £1.80'],
};

const signIn = defineTool({
  id: 'shop_sign_in',
  name: 'Sign in',
  description: 'Gives the customer who is signed in to the shop.',
  effect: 'read',
  args: z.object({}),
  run({ environment }) {
    if (existsSync(join(environment.projectRoot, 'signed-in'))) return 'customer 7';
    const action_url = 'https://shop.example/sign-in';
    const question = { category: 'Action', user_guidance: 'Please sign in to the shop.', action_url };
    return { kind: 'clarifications', clarifications: [question] };
  },
});

const findProduct = defineTool({
  id: 'shop_find_product',
  name: 'Find product',
  description: 'Finds a product with its price; asks when there are only alternatives; gives nothing when there are none.',
  effect: 'read',
  args: z.object({ item: z.string(), choice: z.string().optional() }),
  run(_context, { item, choice }) {
    const found = SHELVES[item] ?? [];
    if (choice !== undefined) return choice;
    if (found.length < 2) return found[0] ?? '';
    const user_guidance = 'There is no ' + item + ' as such. Which of these?';
    const options = [...found, 'Skip this item'];
    const question = { category: 'Multiple Choice', user_guidance, argument_name: 'choice', options };
    return { kind: 'clarifications', clarifications: [question] };
  },
});

const addToCart = defineTool({
  id: 'shop_add_to_cart',
  name: 'Add to cart',
  description: 'Adds a product to the cart of a customer.',
  effect: 'once',
  args: z.object({ customer: z.string(), product: z.string().min(1) }),
  run({ environment, idempotencyKey: key }, { customer, product }) {
    const result = product + ' is in the cart';
    const effect = { tool: 'shop_add_to_cart', customer, product, key, result };
    appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify(effect) + '\\n');
    return result;
  },
});

export const tools = [signIn, findProduct, addToCart];
`;

/** A project with the plan and the shop. */
export function groceriesProject(): string {
  return makeToolProject(SHOP, { 'groceries.json': readFileSync('plans/groceries.json', 'utf8') });
}

export const signIn = (folder: string): void => writeFileSync(join(folder, 'signed-in'), '');

export const GROCERIES = ['run-plan', 'groceries.json', '-i', 'items:=["milk", "bread", "caviar"]'];
export const APPROVE = ['--approve', 'shop_add_to_cart'];

/** The person signs in when asked to, and takes the white bread. */
export const groceriesScenario: KillScenario = {
  project: groceriesProject,
  start: GROCERIES,
  flags: APPROVE,
  answers(question, folder) {
    if (question.category !== 'Action') return 'White bread - £1.10';
    signIn(folder);
    return true;
  },
  leaveDone(folder, recorded) {
    if (recorded.some(({ type }) => type === 'clarification.resolved')) signIn(folder);
  },
};
