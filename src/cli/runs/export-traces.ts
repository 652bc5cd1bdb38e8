import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Run } from '../../domain/run/run.js';
import { traceId, traceSpans } from '../../domain/run/trace-spans.js';
import { otlpTraces } from '../../ui/reports/otlp.js';
import { findRun } from '../input/references.js';
import { writeText, type Session } from '../session/session.js';

/** Runs around one another that are looked up. */
const MOST_AROUND = 100;

/** Writes a run as a trace of OpenTelemetry, in OTLP/JSON. */
export async function exportTraces(session: Session<{ content: boolean | undefined }>, text: string): Promise<void> {
  const { store } = session.services;
  const id = await findRun(session, text);
  const { run, hasLog } = await store.requireRun(id, { keeps: () => true });
  if (!hasLog) {
    throw new PortiaError('unreadable', `${id} has no log, so its calls are not known.`, {
      fix: portia('show', text),
      runId: id,
    });
  }
  const spans = traceSpans(run, await store.readEvents(id), { hasContent: session.options.content === true });
  const traces = otlpTraces(spans, {
    traceId: traceId(await rootOf(session, run)),
    service: session.io.environment['OTEL_SERVICE_NAME'] ?? 'portia',
    version: session.io.version,
  });
  await writeText(session, `${JSON.stringify(traces)}\n`);
}

/** The outermost run: all runs inside it are one trace. */
async function rootOf({ services: { store } }: Session, run: Run): Promise<string> {
  let outermost = run.parent_run?.id ?? run.id;
  for (let depth = 0; depth < MOST_AROUND; depth += 1) {
    const around = (await store.readRun(outermost))?.run.parent_run?.id;
    if (around === undefined) break;
    outermost = around;
  }
  return outermost;
}
