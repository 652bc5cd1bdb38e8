import { shownUrl } from '../../domain/values/secret-names.js';
import { agentFor, postSpans } from '../../traces/post-spans.js';
import type { TracesRead } from '../../traces/trace-settings.js';
import type { Check } from './check.js';

/** Where spans of runs are sent. Online the collector is sent an empty list of them. */
export async function checkTraces(read: TracesRead, { isOnline }: { isOnline: boolean }): Promise<Check[]> {
  if (read.kind === 'off') return [];
  const id = 'traces';
  if (read.kind === 'unusable') {
    return [{ id, status: 'warning', what: `no traces are sent: ${read.problem}`, fix: read.fix }];
  }
  const { collector } = read.settings;
  const shown = shownUrl(collector.url.href);
  const ok: Check = { id, status: 'ok', what: `traces of runs are sent to ${shown}` };
  if (!isOnline) return [ok];
  const agent = agentFor(collector);
  const { signal } = new AbortController();
  const taken = await postSpans(collector, JSON.stringify({ resourceSpans: [] }), { agent, signal });
  agent.destroy();
  if (taken.kind === 'taken') return [{ ...ok, what: `${ok.what}, which takes them` }];
  const fix = 'check the address, the headers and the collector';
  return [{ id, status: 'warning', what: `${shown} does not take traces: ${taken.why}`, fix }];
}
