import type { Usage } from './usage-schema.js';

/** What several calls of models cost together. */
export function sumUsage(...parts: (Usage | undefined)[]): Usage {
  const total: Usage = { calls: 0, input_tokens: 0, output_tokens: 0 };
  for (const part of parts) {
    total.calls += part?.calls ?? 0;
    total.input_tokens += part?.input_tokens ?? 0;
    total.output_tokens += part?.output_tokens ?? 0;
    if (part?.estimated === true) total.estimated = true;
  }
  return total;
}

/** Begins a number of tokens that is not exact. */
export function tokenMark({ estimated }: Pick<Usage, 'estimated'>): string {
  return estimated === true ? '~' : '';
}

/** What is left of a sum without one of its parts. */
export function lessUsage(total: Usage, part: Usage | undefined): Usage {
  return {
    calls: total.calls - (part?.calls ?? 0),
    input_tokens: total.input_tokens - (part?.input_tokens ?? 0),
    output_tokens: total.output_tokens - (part?.output_tokens ?? 0),
    ...(total.estimated === true && { estimated: true }),
  };
}
