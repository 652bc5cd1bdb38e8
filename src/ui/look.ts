import { plainCommand, type SpellCommand } from '../domain/next-step.js';
import { createPainter, hasUnicode, plainPainter, type Painter } from './colour.js';
import { createLink, plainLink, type Link } from './links.js';
import type { Environment } from '../domain/environment.js';
import type { OutputStream } from './streams.js';

/** How a view may look: everything it needs beside its value, so that views stay pure. */
export interface Look {
  /** Width in cells to stay within. Commands that are meant to be pasted are never broken. */
  columns: number;
  colour: Painter;
  link: Link;
  symbols: Symbols;
  /** For relative times. */
  now: Date;
  /** A command, or words with commands in them, as it must be typed here. Never applied to what others wrote. */
  spell: SpellCommand;
}

export interface Symbols {
  agent: string;
  model: string;
  tool: string;
  compute: string;
  ask: string;
  block: string;
  exit: string;
  completed: string;
  failed: string;
  waiting: string;
  skipped: string;
  running: string;
  pending: string;
  warning: string;
  from: string;
  to: string;
  separator: string;
  ellipsis: string;
}

const UNICODE: Symbols = {
  agent: '●',
  model: '◆',
  tool: '■',
  compute: '=',
  ask: '?',
  block: '▸',
  exit: '◁',
  completed: '✔',
  failed: '✖',
  waiting: '⏸',
  skipped: '↷',
  running: '▶',
  pending: '·',
  warning: '!',
  from: '←',
  to: '→',
  separator: '·',
  ellipsis: '…',
};

const ASCII: Symbols = {
  agent: '*',
  model: '+',
  tool: '#',
  compute: '=',
  ask: '?',
  block: '>',
  exit: '<',
  completed: 'v',
  failed: 'x',
  waiting: '?',
  skipped: '-',
  running: '>',
  pending: '.',
  warning: '!',
  from: '<-',
  to: '->',
  separator: '|',
  ellipsis: '...',
};

/** Wider lines are tiring to read, narrower ones have no room for a task. */
const WIDEST = 120;
const NARROWEST = 40;

export interface LookOptions {
  columns?: number;
  colour?: Painter;
  link?: Link;
  unicode?: boolean;
  now: Date;
  spell?: SpellCommand | undefined;
}

export function makeLook(options: LookOptions): Look {
  return {
    columns: Math.min(WIDEST, Math.max(NARROWEST, options.columns ?? 80)),
    colour: options.colour ?? plainPainter,
    link: options.link ?? plainLink,
    symbols: options.unicode === false ? ASCII : UNICODE,
    now: options.now,
    spell: options.spell ?? plainCommand,
  };
}

/** The look that fits a stream. */
export async function lookOf(
  stream: Pick<OutputStream, 'columns' | 'colour' | 'isTerminal'>,
  place: { environment: Environment; platform: string; now: Date; spell?: LookOptions['spell'] },
): Promise<Look> {
  return makeLook({
    columns: stream.columns,
    colour: await createPainter(stream.colour),
    link: createLink({ ...place, isTerminal: stream.isTerminal }),
    unicode: hasUnicode(place.environment, place.platform),
    now: place.now,
    spell: place.spell,
  });
}
