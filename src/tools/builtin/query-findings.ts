import { columnsInOrder, keepsOrder, orderChanged } from '../../domain/values/name-order.js';
import { digitsKept } from '../../domain/values/whole-numbers.js';
import type { QueryFindings } from './query-job.js';

/** What a person is told about the result of a query, as a tool's output has it. `what` begins the sentences. */
export function tellFindings(
  what: string,
  { keptDigits, notUtf8 }: QueryFindings,
  names: string[] = [],
): { warnings?: string[]; summary?: string } {
  const warnings: string[] = [];
  if (notUtf8 !== undefined) warnings.push(readAsLatin1(what, notUtf8));
  if (keptDigits !== undefined) warnings.push(digitsKept(what, keptDigits));
  const isMoved = !keepsOrder(names);
  if (isMoved) warnings.push(`${what} ${orderChanged(names)}`);
  return { ...(isMoved && { summary: columnsInOrder(names) }), ...(warnings.length > 0 && { warnings }) };
}

function readAsLatin1(what: string, { column, row }: { column: string; row: number }): string {
  const where = row === 0 ? 'the name of a column' : `row ${row}, column ${column}`;
  return `${what} has text that is not UTF-8 (the first: ${where}), which was read as latin-1. If letters are wrong, say its encoding, such as encoding=windows-1251.`;
}
