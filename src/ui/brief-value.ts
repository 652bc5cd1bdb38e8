import type { Json } from '../domain/values/json.js';
import { isStored, type Output } from '../domain/run/run.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import { cutTo } from './text-width.js';

/** A value on one line of at most `width` cells: JSON, cut. */
export function briefValue(value: Json, width: number, look: Pick<Look, 'symbols'>): string {
  // A long text is cut before it is spelled as JSON, so that its size does not matter.
  const start = typeof value === 'string' && value.length > width * 12 ? value.slice(0, width * 12) : value;
  return cutTo(oneLine(JSON.stringify(start)), width, look.symbols.ellipsis);
}

/** An output on one line: its value, or the size and summary of one that is kept aside. */
export function briefOutput(output: Output, width: number, look: Pick<Look, 'symbols'>): string {
  if (!isStored(output)) return briefValue(output.value, width, look);
  const size = typeof output.bytes === 'number' ? `${byteSize(output.bytes)}, kept aside` : 'kept aside';
  const summary = output.summary === '' ? '' : `: ${output.summary}`;
  return cutTo(oneLine(`(${size}) ${output.output_name}${summary}`), width, look.symbols.ellipsis);
}

export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 step`, `2 steps`. */
export function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** A whole number with commas between its thousands. Not by Intl, which takes 15 ms to load. */
export function grouped(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
