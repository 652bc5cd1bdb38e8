import { PortiaError } from '../../domain/errors.js';
import { asText, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { partAt } from '../../domain/values/schema-parts.js';

/** Why an operation, or a part of it, cannot be used: a clause about it, such as "its body is a file". */
export class NotImported extends Error {
  override readonly name = 'NotImported';
}

/** The same for what is too large to be of use to anybody. */
export class TooLarge extends NotImported {}

/** An OpenAPI document of version 3, whose parts may be anything. */
export class ApiDocument {
  readonly root: JsonObject;

  /** Throws a PortiaError `invalid-input` for what is not such a document. `name` is where it comes from. */
  constructor(value: Json, name: string) {
    if (!isJsonObject(value)) throw notOpenApi(name, 'It is not an object.');
    if (own(value, 'swagger') !== undefined) {
      throw new PortiaError(
        'invalid-input',
        `${name} is a document of Swagger ${oneLine(asText(own(value, 'swagger') ?? ''))}.`,
        {
          why: 'OpenAPI 3 is read, which followed Swagger 2.',
          fix: 'Convert it: npx swagger2openapi FILE -o openapi.json',
        },
      );
    }
    const version = asText(own(value, 'openapi') ?? '');
    if (version === '') throw notOpenApi(name, 'It has nothing under openapi, which says the version.');
    if (!/^3(?:\.[012](?:\.|$)|$)/.test(version)) {
      throw notOpenApi(name, `It says that it is OpenAPI ${oneLine(version)}; versions 3.0 to 3.2 are read.`);
    }
    if (!isJsonObject(own(value, 'paths'))) throw notOpenApi(name, 'It has no paths, so there is nothing to call.');
    this.root = value;
  }

  /** What a part is, at the end of its references; the empty object for what is not an object. Throws NotImported. */
  resolve(part: Json | undefined): JsonObject {
    const passed = new Set<string>();
    let resolved = part;
    for (let reference = referenceOf(resolved); reference !== undefined; reference = referenceOf(resolved)) {
      if (passed.has(reference)) throw new NotImported(`its reference ${oneLine(reference)} leads back to itself`);
      passed.add(reference);
      resolved = this.#target(reference);
    }
    return isJsonObject(resolved) ? resolved : {};
  }

  #target(reference: string): JsonObject {
    if (!reference.startsWith('#')) {
      throw new NotImported(`it refers to another document, ${oneLine(reference)}`);
    }
    const target = partAt(this.root, decoded(reference));
    if (target === undefined) throw new NotImported(`its reference ${oneLine(reference)} leads nowhere`);
    return target;
  }
}

function notOpenApi(name: string, why: string): PortiaError {
  return new PortiaError('invalid-input', `${name} is not an OpenAPI document that can be read.`, {
    why,
    fix: 'Give a document that begins with openapi: 3.0 or 3.1. Services often have it at /openapi.json.',
  });
}

/** What the part refers to, if it does. */
export function referenceOf(part: Json | undefined): string | undefined {
  const reference = isJsonObject(part) ? own(part, '$ref') : undefined;
  return typeof reference === 'string' ? reference : undefined;
}

/** References are parts of addresses. */
function decoded(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}

/** The value under a key that the object itself has. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The same when it is a text that is not empty. */
export function ownText(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The same when it is an object; else the empty one. */
export function ownObject(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isJsonObject(value) ? value : {};
}

/** The same when it is a list; else the empty one. */
export function ownList(object: JsonObject, key: string): Json[] {
  const value = own(object, key);
  return Array.isArray(value) ? value : [];
}
