import * as z from 'zod';

import type { Usage } from '../../domain/plan/plan.js';
import { TOKENS_PER_IMAGE } from '../../domain/values/images.js';

/** A fair guess for most languages and models. */
const CHARACTERS_PER_TOKEN = 4;

// Some servers write numbers as text.
const tokens = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().nonnegative())
  .optional()
  .catch(undefined);
const shape = z
  .looseObject({
    prompt_tokens: tokens,
    completion_tokens: tokens,
    total_tokens: tokens,
    input_tokens: tokens,
    output_tokens: tokens,
  })
  .nullish()
  .catch(null);

/**
 * What one call cost, as the server says; what it does not say is estimated from the characters that were sent and
 * received as JSON, and the usage says so. A server that says 0 for both has not counted.
 */
export function readUsage(said: unknown, { sent, received }: { sent: unknown; received: unknown }): Usage {
  const parsed = shape.safeParse(said).data;
  const input = parsed?.prompt_tokens ?? parsed?.input_tokens;
  const output = parsed?.completion_tokens ?? parsed?.output_tokens;
  if (input !== undefined && output !== undefined && input + output > 0) {
    // Some count what was thought only in the total.
    const rest = (parsed?.total_tokens ?? 0) - input;
    return { calls: 1, input_tokens: input, output_tokens: Math.max(output, rest) };
  }
  return {
    calls: 1,
    input_tokens: input || estimateTokens(sent),
    output_tokens: output || estimateTokens(received),
    estimated: true,
  };
}

/** How many tokens a value has as JSON, by its characters and the number of its images. */
export function estimateTokens(value: unknown): number {
  let images = 0;
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'string' || !part.startsWith('data:image/')) return part;
    images += 1;
    return '';
  });
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN) + images * TOKENS_PER_IMAGE;
}
