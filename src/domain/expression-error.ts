/** Why a text is no expression that portia evaluates, and where. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly source: string;
  /** 1-based character. */
  readonly position: number;

  constructor(message: string, source: string, position: number) {
    super(message);
    this.source = source;
    this.position = position;
  }
}

/** Items of a list that an expression may make. */
export const MAX_MADE_LIST = 1_000_000;

/** JSONata's codes for a list that is too long; its messages name the length that was wanted as the limit. */
const TOO_LONG = new Set<unknown>(['D2014', 'D2015']);

/** JSONata throws plain objects and errors with a code and a position. */
export function asExpressionError(error: unknown, source: string): ExpressionError {
  if (error instanceof ExpressionError) return error;
  const raw = typeof error === 'object' && error !== null ? (error as { message?: unknown; position?: unknown }) : {};
  const position = typeof raw.position === 'number' ? raw.position : source.length;
  return new ExpressionError(describe(error, raw.message), source, Math.max(1, Math.min(position, source.length)));
}

function describe(error: unknown, message: unknown): string {
  // A text of brackets only can exhaust the stack of the parser.
  if (error instanceof RangeError && /call stack/i.test(error.message)) return 'nests too deeply';
  if (TOO_LONG.has((error as { code?: unknown } | null | undefined)?.code)) {
    return `makes a list of more than ${MAX_MADE_LIST.toLocaleString('en')} items`;
  }
  return typeof message === 'string' ? message : String(error);
}
