import { chosenFields } from '../session/output-fields.js';
import type { Session } from '../session/session.js';

/** Records as CSV with these columns, or with those of --fields. Throws `usage` for one that there is not. */
export async function csvOf(session: Session, columns: readonly string[], records: readonly object[]): Promise<string> {
  const { csvReport } = await import('../../ui/reports/csv.js');
  return csvReport(chosenFields(columns, session.options.fields), records);
}
