import type { PortiaError } from '../../domain/errors.js';
import type { RunId } from '../../domain/values/ids.js';
import { digestValue } from '../../domain/values/digest.js';
import { fingerprintTool } from '../../executor/tool-fingerprints.js';
import { whoAnswers, type Session } from '../session/session.js';

/**
 * Keeps that this worker lacks the tools of a run, so that it is left alone until they change. Gives the digest of all
 * tools that it has; undefined when the run was refused for something else.
 */
export async function refuseForTools(
  session: Session,
  id: RunId,
  { details: { missingTools: missing = [], changedTools: changed = [] } }: PortiaError,
): Promise<string | undefined> {
  if (missing.length + changed.length === 0) return undefined;
  const { store, now } = session.services;
  const { host } = whoAnswers(session);
  const tools = await digestOfTools(session);
  const { last_seq: seq } = (await store.requireRun(id)).run.metadata;
  await store.queue.refuse(id, { tools, seq, at: now().toISOString(), host, missing, changed });
  return tools;
}

async function digestOfTools({ services, io }: Session): Promise<string> {
  const all = (await services.tools()).list().map((tool) => [tool.id, fingerprintTool(tool) ?? tool.source]);
  return digestValue([io.version, Object.fromEntries(all)]);
}
