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
  return typeof message === 'string' ? message : String(error);
}
