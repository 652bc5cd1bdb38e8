import { REPLY_TOKENS, VALUE_TOKENS } from '../domain/plan/estimate.js';
import { costOf, type PricedEstimate, type PricedPlanEstimate } from '../domain/plan/priced-estimate.js';
import type { Bounds } from '../domain/plan/step-kinds/step-kind.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { portia } from '../domain/next-step.js';
import { oneLine } from '../domain/values/printable.js';
import { grouped } from './brief-value.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';
import { wrapTo } from './text-width.js';

/** What a run of a plan would take of models. Ends with a newline. */
export function estimateView(name: string, { calls, asked, open, unknown }: PricedPlanEstimate, look: Look): string {
  const { colour } = look;
  const cost = costOf(asked);
  const total = [callsText(calls), ...(cost === undefined ? [] : [costText(cost)])].join(` ${look.symbols.separator} `);
  const rows = asked.map((one): Line[] => {
    const price = costOf([one]);
    return [
      { text: oneLine(one.model ?? `${one.role} model`), paint: one.model === undefined ? colour.yellow : colour.cyan },
      { text: boundsText(one.calls) },
      { text: boundsText(one.inputTokens) },
      { text: boundsText(one.outputTokens) },
      { text: price === undefined ? 'price not known' : costText(price) },
    ];
  });
  const headers = ['model', 'calls', 'tokens in', 'tokens out', 'cost'];
  const sections = [
    [`${colour.bold('Estimate of')} ${oneLine(name)}`, total],
    rows.length === 0 ? [] : layoutTable({ headers, rows }, look),
    noteLines({ asked, open, unknown }, look),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function noteLines({ asked, open, unknown }: Omit<PricedPlanEstimate, 'calls'>, look: Look): string[] {
  const unset = asked.flatMap(({ whyNone }) => whyNone ?? []);
  const unpriced = new Set(
    asked.flatMap(({ model, price }) => (model !== undefined && price === undefined ? [model] : [])),
  );
  const price = (model: string) =>
    look.spell(portia('config', 'set', `prices.${model}`, '{"input": 1.5, "output": 6}'));
  const notes = [
    ...open.map(({ path, why }) => `Step ${stepNumber(path)} has no upper limit: ${why}.`),
    ...unknown.map((id) => `The plan ${oneLine(id)} is not here, and is not counted.`),
    ...new Set(unset),
    ...[...unpriced].map((model) => `The price of ${oneLine(model)} is not known: ${price(model)}`),
    ...(asked.length === 0
      ? []
      : [`A value that only the run knows counts as ${VALUE_TOKENS} tokens, a reply as ${REPLY_TOKENS}. ` + LEFT_OUT]),
  ];
  return notes.flatMap((note) => wrapTo(note, look.columns)).map((line) => look.colour.dim(line));
}

/** What an estimate leaves out. */
export const LEFT_OUT = 'Replies that cannot be used, failed steps, and tools that ask models come on top.';

/** `3 model calls`, `2 to 27 model calls`, `2 or more model calls`. */
function callsText(calls: Bounds): string {
  if (calls.most === 0) return 'no model calls';
  return `${boundsText(calls)} model call${calls.most === 1 ? '' : 's'}`;
}

/** What a run was expected to take: `2 model calls, 450 to 900 tokens, $0.0021`. */
export function expectedText({
  calls,
  asked,
}: {
  calls: Bounds;
  asked: readonly PricedEstimate[] | undefined;
}): string {
  if (asked === undefined || asked.length === 0) return callsText(calls);
  const tokens = { least: 0, most: 0 };
  for (const { inputTokens, outputTokens } of asked) {
    tokens.least += inputTokens.least + outputTokens.least;
    tokens.most += inputTokens.most + outputTokens.most;
  }
  const cost = costOf(asked);
  return [callsText(calls), `${boundsText(tokens)} tokens`, ...(cost === undefined ? [] : [costText(cost)])].join(', ');
}

/** US dollars. */
export function dollars(cost: number): string {
  return `$${cost.toFixed(cost < 0.1 ? 4 : 2)}`;
}

function boundsText({ least, most }: Bounds): string {
  if (most === Infinity) return `${grouped(least)} or more`;
  return least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`;
}

function costText({ least, most }: Bounds): string {
  if (most === Infinity) return `${dollars(least)} or more`;
  return dollars(least) === dollars(most) ? dollars(least) : `${dollars(least)} to ${dollars(most)}`;
}
