import { REPORT_FORMATS, type ReportFormat } from '../../config/layer.js';

/** The form of report that `--format` names; undefined for every other word. */
export function reportFormat(format: string | undefined): ReportFormat | undefined {
  return REPORT_FORMATS.find((known) => known === format?.toLowerCase());
}
