import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Run } from '../../domain/run/run.js';
import { traceSpans } from '../../domain/run/run-spans.js';
import { traceId } from '../../domain/run/trace-spans.js';
import { otlpTraces } from '../../traces/otlp.js';
import { readResource } from '../../traces/trace-settings.js';
import { findRun } from '../input/references.js';
import { writeText, type Session } from '../session/session.js';

/** Runs around one another that are looked up. */
const MOST_AROUND = 100;

/** Writes a run as a trace of OpenTelemetry, in OTLP/JSON. */
export async function exportTraces(session: Session<{ content: boolean | undefined }>, text: string): Promise<void> {
  const { store } = session.services;
  const id = await findRun(session, text);
  const { run, hasLog } = await store.requireRun(id);
  if (!hasLog) {
    throw new PortiaError('unreadable', `${id} has no log, so its calls are not known.`, {
      fix: portia('show', text),
      runId: id,
    });
  }
  const spans = traceSpans(await store.readEvents(id), { hasContent: session.options.content === true });
  const trace = traceId(await rootOf(session, run));
  const traces = otlpTraces(
    spans.map((span) => ({ span, traceId: trace })),
    { resource: readResource(session.io.environment), version: session.io.version },
  );
  await writeText(session, `${JSON.stringify(traces)}\n`);
}

/** The outermost run: all runs inside it are one trace. */
async function rootOf({ services: { store } }: Session, run: Run): Promise<Pick<Run, 'id' | 'traceparent'>> {
  let root: Pick<Run, 'id' | 'traceparent' | 'parent_run'> = run;
  for (let depth = 0; depth < MOST_AROUND && root.parent_run !== undefined; depth += 1) {
    const { id } = root.parent_run;
    root = (await store.readRun(id))?.run ?? { id };
  }
  return root;
}
