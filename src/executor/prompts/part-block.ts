import { between, type Marks } from '../../domain/values/marks.js';

/** A part of a value that a model has read. */
export interface ReadPart {
  /** What was read: `$mail, search "order"`. */
  what: string;
  text: string;
}

/** What a model has read before it answers. */
export interface PartsRead {
  parts: readonly ReadPart[];
  /** How many were left out, for lack of room. */
  leftOut: number;
}

export const NOTHING_READ: PartsRead = { parts: [], leftOut: 0 };

/** The parts that were read before an answer, the first one first. */
export function partBlock({ parts, leftOut }: PartsRead, marks: Marks): string[] {
  return [
    ...(leftOut === 0
      ? []
      : [`Older parts that you have read are not shown any more (${leftOut}): read again what you need.`]),
    ...parts.map(({ what, text }) => `You have read ${what}:\n${between(marks, text)}`),
  ];
}

/** The sentence that says how what is not shown can be read. */
export const ABOUT_READING =
  'Where a value is described instead of shown, call read_value for the parts that you need, and answer when you have seen enough.';
