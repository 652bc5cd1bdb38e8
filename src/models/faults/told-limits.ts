import type { Lesson, ToldLeft } from '../../domain/run/call-limits.js';
import { untilReset } from './retry-after.js';

/** Names of OpenAI and those who speak like it, and of Anthropic; the kind is left out where there is only one. */
const NAME =
  /^(?:x-|anthropic-)?ratelimit-?(?:(remaining|reset)(?:-(requests|tokens))?|(requests|(?:input-|output-)?tokens)-(remaining|reset))$/;

/** Only the headers that tell of limits. */
export function withLimits(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => NAME.test(name)));
}

/** What the headers of an answer tell of the requests and tokens that are left. */
export function readToldLimits(headers: Headers, now: Date): Pick<Lesson, 'requests' | 'tokens'> {
  const remaining = [...headers.keys()].filter((name) => NAME.test(name) && name.includes('remaining'));
  const isOfTokens = (name: string) => name.includes('tokens');
  return {
    requests: leastOf(
      remaining.filter((name) => !isOfTokens(name)),
      { headers, now },
    ),
    tokens: leastOf(remaining.filter(isOfTokens), { headers, now }),
  };
}

/** Of several limits of a kind, that of which the least is left. */
function leastOf(names: readonly string[], { headers, now }: { headers: Headers; now: Date }): ToldLeft | undefined {
  const told = names.flatMap((name): ToldLeft[] => {
    const text = headers.get(name)?.trim() ?? '';
    const resetMs = untilReset(headers.get(name.replace('remaining', 'reset'))?.trim() ?? '', now);
    return !/^\d+$/.test(text) || resetMs === undefined ? [] : [{ left: Number(text), resetMs }];
  });
  return told.toSorted((one, other) => one.left - other.left)[0];
}
