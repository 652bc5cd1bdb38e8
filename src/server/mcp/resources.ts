import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError, type Server } from '@modelcontextprotocol/server';

import { outputValue } from '../../app/output-value.js';
import { isFromDigest, isPlanId, isRunId, shortId, type PlanId, type RunId } from '../../domain/values/ids.js';
import { planUri, runUri } from './results.js';
import type { Serving } from './serving.js';

const PAGE = 100;
const JSON_TYPE = 'application/json';

/** Plans and runs as resources, the newest runs first, then the plans. */
export function serveResources(server: Server, serving: Serving): void {
  server.setRequestHandler('resources/list', async ({ params }) => listPage(params?.cursor, serving));
  server.setRequestHandler('resources/templates/list', async () => ({
    resourceTemplates: [
      { uriTemplate: runUri('{id}'), name: 'run', description: 'The record of a run', mimeType: JSON_TYPE },
      { uriTemplate: `${runUri('{id}')}/output`, name: 'output', description: 'What a run ended with' },
      { uriTemplate: `${runUri('{id}')}/events`, name: 'events', description: 'All that happened in a run' },
      { uriTemplate: planUri('{id}'), name: 'plan', description: 'A plan', mimeType: JSON_TYPE },
    ],
  }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }) => {
    const found = await readResource(uri, serving);
    if (found === undefined) throw new ResourceNotFoundError(uri);
    const { text, mimeType } = found;
    return { contents: [{ uri, mimeType, text: serving.services.redactor().text(text) }] };
  });
}

async function listPage(cursor: string | undefined, { services: { store } }: Serving) {
  const runs = (await store.listRunIds()).filter((id) => !isFromDigest(id));
  const all: (RunId | PlanId)[] = [...runs, ...(await store.listPlanIds())];
  const before = cursor === undefined ? -1 : all.findIndex((id) => id === cursor);
  if (cursor !== undefined && before === -1) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This cursor is not one of this server.');
  }
  const page = all.slice(before + 1, before + 1 + PAGE);
  const isLast = before + 1 + PAGE >= all.length;
  return {
    resources: await Promise.all(page.map(async (id) => described(id, store))),
    ...(!isLast && { nextCursor: page.at(-1) }),
  };
}

async function described(id: RunId | PlanId, store: Serving['services']['store']) {
  if (isPlanId(id)) {
    const request = await store.readRequest(id);
    return { uri: planUri(id), name: id, title: request ?? undefined, mimeType: JSON_TYPE };
  }
  const brief = await store.readRunBrief(id);
  const request = 'unreadable' in brief ? null : await store.readRequest(brief.plan_id);
  const description = 'unreadable' in brief ? brief.unreadable : brief.state;
  return { uri: runUri(id), name: id, title: request ?? `run ${shortId(id)}`, description, mimeType: JSON_TYPE };
}

async function readResource(uri: string, { services: { store } }: Serving) {
  const [, kind, id, part] = /^portia:\/\/(plans|runs)\/([a-z0-9-]+)(?:\/(output|events))?$/.exec(uri) ?? [];
  if (kind === 'plans' && part === undefined && isPlanId(id)) return asJson(await store.readPlan(id));
  if (kind !== 'runs' || !isRunId(id)) return undefined;
  const stored = await store.readRun(id);
  if (stored === undefined || part === undefined) return asJson(stored?.run);
  if (part === 'events') {
    const lines = (await store.readEvents(id)).map((event) => `${JSON.stringify(event)}\n`);
    return { text: lines.join(''), mimeType: 'application/x-ndjson' };
  }
  const { final_output: output } = stored.run.outputs;
  if (output === null) return undefined;
  const value = await outputValue(store, stored.run, output);
  return typeof value === 'string' ? { text: value, mimeType: 'text/plain' } : asJson(value);
}

function asJson(value: unknown) {
  return value === undefined ? undefined : { text: JSON.stringify(value, null, 2), mimeType: JSON_TYPE };
}
