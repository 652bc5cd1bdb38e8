import { fetchDocument, parseApiText } from '../../app/setup/api-source.js';
import {
  importOperations,
  TAKEN,
  withTools,
  type ImportedApi,
  type ImportedTool,
} from '../../app/setup/imported-tools.js';
import { readProjectSettings, settingsText, writeSettingsText } from '../../app/setup/settings-files.js';
import { PROJECT_FILE } from '../../config/project.js';
import type { ProjectSettings } from '../../config/settings-schema.js';
import { MAX_SETTINGS_BYTES } from '../../config/settings-text.js';
import { PortiaError } from '../../domain/errors.js';
import { adviceText, portia, type Advice } from '../../domain/next-step.js';
import { oneLine } from '../../domain/values/printable.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { ApiDocument } from '../../tools/openapi/api-document.js';
import { ownObject, ownText } from '../../tools/openapi/own-values.js';
import { listOperations, type ListedOperation } from '../../tools/openapi/operations.js';
import { importView, type ImportReport, type ImportState } from '../../ui/import-view.js';
import { whileWorking } from '../output/while-working.js';
import { EXIT } from '../session/exit-codes.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import type { Session } from '../session/session.js';
import { signalOfPrompt, untilStopped } from '../session/stopping.js';
import { changeProject } from '../trust/change-project.js';
import { chooseOperations, chooseServer } from './choose-operations.js';
import type { ImportOptions } from './import-flags.js';

const FIELDS = ['file', 'title', 'servers', 'tools', 'left_out', 'gone', 'variables', 'next'];

/** Makes HTTP tools of the operations of an OpenAPI document, and names them in `portia.json`. */
export async function importOpenApi(session: Session<ImportOptions>, source: string): Promise<number> {
  refuseFieldsBut(FIELDS, session.options.fields);
  const { prefix = '' } = session.options;
  refusePrefix(prefix);
  const { api, base } = await readApi(session, source);
  const all = listOperations(api, prefix);
  const operations = await chooseOperations(all, { source, only: session.options.only ?? [] });
  const server = await chooseServer(session, api, { source, base });
  const { file, written, settings } = readProjectSettings(session.services.projectRoot);
  const others = (await session.services.tools()).list().filter((tool) => tool.source !== 'http');
  const taken = new Set([...others.map(({ id }) => id), ...Object.keys(settings.programs ?? {})]);
  const imported = await whileWorking(`${operations.length} operations`, session, async () =>
    importOperations(api, operations, { place: { base, server }, settings, taken }),
  );
  refuseNothing(imported, source);
  const replaces = await isReplacing(session, imported.tools);
  const changed = imported.tools.filter(({ state }) => state === 'new' || (state === 'changed' && replaces));
  const text = settingsText(withTools(written, changed, file));
  refuseTooLong(text, source);
  if (changed.length > 0) await changeProject(session, async () => writeSettingsText(file, text));
  const report = reportOf(session, { api, imported, replaces, gone: goneTools(all, settings, server) });
  const next = nextSteps(report, source);
  await session.print({
    record: { ...report, next: next.map(adviceText) },
    human: (look) => importView(report, next, look),
  });
  return EXIT.complete;
}

function refusePrefix(prefix: string): void {
  if (/^[A-Za-z\d_-]{0,32}$/.test(prefix)) return;
  throw new PortiaError('usage', `The ids of tools cannot begin with ${JSON.stringify(prefix)}.`, {
    why: 'A prefix has at most 32 letters, digits, dashes and underscores.',
    fix: '--prefix pets_',
  });
}

async function readApi(session: Session, source: string): Promise<{ api: ApiDocument; base: URL | undefined }> {
  const isRemote = /^https?:\/\//i.test(source) && URL.canParse(source);
  const { text, base } = isRemote
    ? await untilStopped(
        session.io,
        async (signal) => whileWorking(source, session, async () => fetchDocument(new URL(source), signal)),
        (signal) => new PortiaError('interrupted', `Fetching ${source} was ended by ${signal}.`, { signal }),
      )
    : { text: await session.readText(source), base: undefined };
  const name = source === '-' ? 'Standard input' : source;
  return { api: new ApiDocument(await parseApiText(text, name), name), base };
}

function refuseNothing({ tools, leftOut }: ImportedApi, source: string): void {
  if (tools.length > 0) return;
  throw new PortiaError('invalid-input', `No operation of ${source} can become a tool.`, {
    why: leftOut
      .slice(0, 10)
      .map(({ operation, why }) => `${oneLine(operation)}: ${why}`)
      .join('\n'),
    fix: leftOut.some(({ why }) => why.endsWith(TAKEN))
      ? portia('tools', 'import', 'openapi', source, '--prefix', 'api_')
      : 'Declare the calls by hand: portia help tools',
  });
}

function refuseTooLong(text: string, source: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_SETTINGS_BYTES) return;
  throw new PortiaError('usage', `${PROJECT_FILE} would have ${bytes} bytes.`, {
    why: `At most ${MAX_SETTINGS_BYTES} are read. Nothing was written.`,
    fix: portia('tools', 'import', 'openapi', source, '--only', 'GLOB'),
  });
}

/** Whether declarations that differ are replaced. Changes made by hand are then lost, so a person decides. */
async function isReplacing(session: Session<ImportOptions>, tools: readonly ImportedTool[]): Promise<boolean> {
  const differing = tools.filter(({ state }) => state === 'changed');
  if (session.options.replace === true || differing.length === 0) return true;
  if (!session.prompting.yes) return false;
  const { io, look } = session;
  const { askYesNo } = await import('../../ui/prompts.js');
  const list = differing.map(({ id, changes }) => `  ${oneLine(id)}: ${changes.join(', ')}\n`).join('');
  await io.streams.err.write(`These declarations in ${PROJECT_FILE} differ from the document:\n${list}`);
  const message = 'Replace them? What was changed in them by hand is lost.';
  const asked = await askYesNo({ streams: io.streams, look }, { message, default: false });
  if (asked.kind === 'answered') return asked.value;
  const signal = signalOfPrompt(io);
  throw new PortiaError('interrupted', 'Nothing was changed.', { why: 'The question was not answered.', signal });
}

/** Tools of the same server that no operation of the document would be. */
function goneTools(all: readonly ListedOperation[], { http = {} }: ProjectSettings, server: URL): string[] {
  const ids = new Set(all.map(({ id }) => id));
  const base = server.href.replace(/\/$/, '');
  return Object.entries(http).flatMap(([id, { url }]) => (url.startsWith(`${base}/`) && !ids.has(id) ? [id] : []));
}

function reportOf(
  { services }: Session,
  given: { api: ApiDocument; imported: ImportedApi; replaces: boolean; gone: string[] },
): ImportReport {
  const { api, imported, replaces, gone } = given;
  const { tools, leftOut } = imported;
  const variables = new Map(tools.flatMap((tool) => tool.variables.map((each) => [each.name, each] as const)));
  const servers = new Map<string, number>();
  for (const { server } of tools) servers.set(server.href, (servers.get(server.href) ?? 0) + 1);
  return {
    file: PROJECT_FILE,
    title: oneLine(ownText(ownObject(api.root, 'info'), 'title') ?? 'An API'),
    servers: Array.from(servers, ([url, number]) => ({ url, tools: number })),
    tools: tools.map(({ id, operation, effect, state, changes, missing }) => ({
      id,
      operation,
      effect,
      state: stateOf(state, replaces),
      changes,
      missing,
    })),
    left_out: leftOut,
    gone,
    variables: Array.from(variables.values(), (each) => ({
      ...each,
      set: services.toolEnvironment.variable(each.name) !== undefined,
    })),
  };
}

function stateOf(state: ImportedTool['state'], replaces: boolean): ImportState {
  if (state === 'new') return 'added';
  return state === 'same' ? 'same' : replaces ? 'replaced' : 'kept';
}

function nextSteps({ title, tools, variables, left_out: leftOut }: ImportReport, source: string): Advice[] {
  const again = (...words: string[]) => portia('tools', 'import', 'openapi', source, ...words);
  // Another address may be another service with the same names.
  const isElsewhere = tools.some(({ state, changes }) => state === 'kept' && changes.includes('url'));
  const isTaken = isElsewhere || leftOut.some(({ why }) => why.endsWith(TAKEN));
  const prefix = prefixOf(title);
  const first = tools.find(({ effect }) => effect === 'read') ?? tools[0];
  return [
    ...variables.filter(({ set }) => !set).map(({ name }) => `export ${name}=…   # or a line in .env`),
    ...(isTaken ? [again('--prefix', prefix)] : []),
    ...(tools.some(({ state }) => state === 'kept') ? [again('--replace')] : []),
    ...(leftOut.some(({ why }) => why.includes('another document'))
      ? [`npx @redocly/cli bundle ${shellQuote(source)} -o bundled.json   # one document, to be imported instead`]
      : []),
    ...(first === undefined ? [] : [portia('tools', 'describe', first.id)]),
    portia('tools', 'list'),
  ];
}

/** `pet_shop_` of `Pet shop`. */
function prefixOf(title: string): string {
  const words = title.toLowerCase().match(/[a-z\d]+/g) ?? ['api'];
  return `${words.slice(0, 2).join('_').slice(0, 24)}_`;
}
