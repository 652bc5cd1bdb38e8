import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { NotImported, type ApiDocument } from './api-document.js';
import { METHODS, type Method } from './methods.js';
import { own, ownList, ownText } from './own-values.js';

/** An operation of a document, before it becomes a tool. */
export interface ListedOperation {
  /** The id of its tool; no two have the same. */
  id: string;
  method: Method;
  path: string;
  /** The object under its path. */
  item: JsonObject;
  operation: JsonObject;
  /** Its own id in the document, and its tags: it is chosen by these, too. */
  groups: string[];
}

/** As long as the id of a tool may be. */
const MOST_ID = 64;

/** All operations that there are methods for, in the order of the document. Ids begin with `prefix`. */
export function listOperations(api: ApiDocument, prefix: string): ListedOperation[] {
  const taken = new Set<string>();
  const paths = own(api.root, 'paths');
  return Object.entries(isJsonObject(paths) ? paths : {}).flatMap(([path, entry]) => {
    const item = itemOf(api, entry);
    return METHODS.flatMap((method): ListedOperation[] => {
      const operation = own(item, method);
      if (!isJsonObject(operation) || !path.startsWith('/')) return [];
      const operationId = ownText(operation, 'operationId');
      const id = freeId(`${prefix}${plainId(operationId, { method, path })}`, taken);
      taken.add(id);
      const tags = ownList(operation, 'tags').filter((tag) => typeof tag === 'string');
      return [
        { id, method, path, item, operation, groups: [...(operationId === undefined ? [] : [operationId]), ...tags] },
      ];
    });
  });
}

/** An item that refers to another document has no operations here. */
function itemOf(api: ApiDocument, entry: unknown): JsonObject {
  if (!isJsonObject(entry)) return {};
  try {
    const { $ref: _reference, ...rest } = entry;
    return { ...api.resolve(entry), ...rest };
  } catch (error) {
    if (error instanceof NotImported) return {};
    throw error;
  }
}

function plainId(operationId: string | undefined, { method, path }: Pick<ListedOperation, 'method' | 'path'>): string {
  const plain = (text: string) => text.replaceAll(/[^A-Za-z\d_-]+/g, '_').replace(/^[_-]+|[_-]+$/g, '');
  const wanted = plain(operationId ?? '');
  if (wanted === '') return plain(`${method}${path}`);
  return wanted in Object.prototype ? `${method}_${wanted}` : wanted;
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  let id = wanted.slice(0, MOST_ID);
  for (let count = 2; taken.has(id); count += 1) {
    const ending = `_${count}`;
    id = `${wanted.slice(0, MOST_ID - ending.length)}${ending}`;
  }
  return id;
}
