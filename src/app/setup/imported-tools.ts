import { badSettingsFile } from '../../config/invalid-settings.js';
import { checkProjectSettings, type ProjectSettings } from '../../config/settings-schema.js';
import {
  canonicalJson,
  escapePointer,
  isJsonObject,
  toJson,
  type Json,
  type JsonObject,
} from '../../domain/values/json.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import { declaredArguments } from '../../tools/declared-tool.js';
import { httpProblems } from '../../tools/http/http-problems.js';
import { effectOf } from '../../tools/http/http-tool.js';
import { compileSchema } from '../../tools/json-schema.js';
import { NotImported, type ApiDocument } from '../../tools/openapi/api-document.js';
import { operationTool, type ApiPlace, type OperationTool } from '../../tools/openapi/operation-tool.js';
import type { ListedOperation } from '../../tools/openapi/operations.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import type { SettingsFile } from './settings-files.js';

/** An operation that can be a tool, beside what the project has under its id. */
export interface ImportedTool extends OperationTool {
  id: string;
  /** `GET /pets/{petId}` */
  operation: string;
  effect: ToolEffect;
  /** `changed`: the project has another declaration under this id. */
  state: 'new' | 'same' | 'changed';
  /** The keys in which that differs. */
  changes: string[];
}

/** What a document gives. */
export interface ImportedApi {
  tools: ImportedTool[];
  leftOut: { operation: string; why: string }[];
}

/** The keys that an import writes. What a project has beside them stays. */
const WRITTEN = ['description', 'method', 'url', 'query', 'headers', 'body', 'form', 'args'];

/** How the reason ends where the id of an operation is that of a tool of another kind. */
export const TAKEN = 'is the id of another tool';

/** The tools of these operations, but for ids that are taken. Nothing that settings would refuse is among them. */
export async function importOperations(
  api: ApiDocument,
  operations: readonly ListedOperation[],
  { place, settings, taken }: { place: ApiPlace; settings: ProjectSettings; taken: ReadonlySet<string> },
): Promise<ImportedApi> {
  const imported: ImportedApi = { tools: [], leftOut: [] };
  for (const listed of operations) {
    const operation = `${listed.method.toUpperCase()} ${listed.path}`;
    try {
      if (taken.has(listed.id)) throw new NotImported(`${listed.id} ${TAKEN}`);
      const tool = operationTool(api, listed, place);
      await refuseUnusable(listed.id, tool);
      const before = Object.hasOwn(settings.http ?? {}, listed.id) ? settings.http?.[listed.id] : undefined;
      imported.tools.push({
        ...tool,
        id: listed.id,
        operation,
        effect: effectOf(tool.settings),
        ...compare(before, tool),
      });
    } catch (error) {
      if (!(error instanceof NotImported)) throw error;
      imported.leftOut.push({ operation, why: error.message });
    }
  }
  return imported;
}

async function refuseUnusable(id: string, { settings }: OperationTool): Promise<void> {
  const checked = checkProjectSettings({ http: { [id]: settings } });
  const pointer = `/http/${escapePointer(id)}`;
  const [problem] = checked.ok ? httpProblems(settings, pointer) : checked.problems;
  if (problem !== undefined) throw new NotImported(problem.message.replace(`${pointer.slice(1)}/`, ''));
  try {
    await compileSchema(declaredArguments(settings));
  } catch (error) {
    if (error instanceof PortiaError) throw new NotImported(`its arguments cannot be checked: ${messageOf(error)}`);
    throw error;
  }
}

function compare(before: object | undefined, { settings }: OperationTool): Pick<ImportedTool, 'state' | 'changes'> {
  if (before === undefined) return { state: 'new', changes: [] };
  const [old, now] = [new Map(Object.entries(before)), new Map<string, unknown>(Object.entries(settings))];
  const changes = WRITTEN.filter((key) => textOf(old.get(key)) !== textOf(now.get(key)));
  return { state: changes.length === 0 ? 'same' : 'changed', changes };
}

const textOf = (value: unknown): string => (value === undefined ? '' : canonicalJson(value));

/**
 * The settings with these tools. Where they take the place of a declaration, what an import does not write stays.
 * Throws `invalid-settings` where the file could not have them.
 */
export function withTools(written: JsonObject, tools: readonly ImportedTool[], file: SettingsFile): JsonObject {
  const http = new Map<string, Json>(Object.entries(objectOf(written['http'])));
  for (const { id, settings } of tools) {
    const kept = Object.entries(objectOf(http.get(id))).filter(([key]) => !WRITTEN.includes(key));
    http.set(id, { ...objectOf(settings), ...Object.fromEntries(kept) });
  }
  const after = { ...written, http: Object.fromEntries(http) };
  const problems = file.check(after);
  if (problems.length > 0) throw badSettingsFile(file.path, problems);
  return after;
}

function objectOf(value: unknown): JsonObject {
  const json = toJson(value ?? {});
  return json.ok && isJsonObject(json.value) ? json.value : {};
}
