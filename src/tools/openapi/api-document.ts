import { PortiaError } from '../../domain/errors.js';
import { asText, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { partAt } from '../../domain/values/schema-parts.js';
import { own, referenceOf } from './own-values.js';
import { fromSwagger } from './swagger.js';

/** Why an operation, or a part of it, cannot be used: a clause about it, such as "its body is a file". */
export class NotImported extends Error {
  override readonly name = 'NotImported';
}

/** The same for what is too large to be of use to anybody. */
export class TooLarge extends NotImported {}

/** An OpenAPI document of version 3, or made of one of Swagger 2.0. Its parts may be anything. */
export class ApiDocument {
  readonly root: JsonObject;

  /** Throws a PortiaError `invalid-input` for what is not such a document. `name` is where it comes from. */
  constructor(value: Json, name: string) {
    const why = problemOf(value);
    if (why !== undefined || !isJsonObject(value)) throw notOpenApi(name, why ?? '');
    this.root = own(value, 'openapi') === undefined ? fromSwagger(value) : value;
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

  /** Whether only the server sets a part, so that no call sends it. Throws NotImported. */
  isReadOnly(part: Json | undefined): boolean {
    return isJsonObject(part) && (own(part, 'readOnly') === true || own(this.resolve(part), 'readOnly') === true);
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

/** Why a value is not such a document, as a sentence. */
function problemOf(value: Json): string | undefined {
  if (!isJsonObject(value)) return 'It is not an object.';
  const version = asText(own(value, 'openapi') ?? own(value, 'swagger') ?? '');
  if (version === '') return 'It has nothing under openapi, which says the version.';
  if (!/^(?:2(?:\.0)?|3(?:\.[012](?:\..*)?)?)$/.test(version)) {
    return `It says that it is version ${oneLine(version)}; versions 3.0 to 3.2 and Swagger 2.0 are read.`;
  }
  return isJsonObject(own(value, 'paths')) ? undefined : 'It has no paths, so there is nothing to call.';
}

function notOpenApi(name: string, why: string): PortiaError {
  return new PortiaError('invalid-input', `${name} is not an OpenAPI document that can be read.`, {
    why,
    fix: 'Give a document that begins with openapi: 3.1 or so. Services often have it at /openapi.json.',
  });
}

/** References are parts of addresses. */
function decoded(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}
