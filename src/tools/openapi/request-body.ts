import type { Json, JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { NotImported, type ApiDocument } from './api-document.js';
import { own, ownObject, ownText } from './own-values.js';
import type { ToolArguments } from './arguments.js';
import { fieldsOf, isFilled, kindOf, plainObjectOf } from './fields.js';

/** What a request carries. */
export interface RequestBody {
  body?: Json;
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** So many arguments can be looked through. */
const MOST_PROPERTIES = 40;

/** The body of an operation, whose parts become arguments. Throws NotImported. */
export function requestBodyOf(api: ApiDocument, operation: JsonObject, args: ToolArguments): RequestBody {
  const given = own(operation, 'requestBody');
  if (given === undefined) return {};
  const requestBody = api.resolve(given);
  const content = ownObject(requestBody, 'content');
  const found = mediaTypeOf(Object.keys(content));
  if (found === undefined) {
    const types = Object.keys(content).map(oneLine).join(', ');
    if (types === '') return {};
    throw new NotImported(`its body is ${types}`);
  }
  const { type, kind } = found;
  const media = api.resolve(own(content, type));
  const schema = own(media, 'schema') ?? {};
  const required = own(requestBody, 'required') === true;
  const headers = type === STANDARD[kind] || type.includes('*') ? {} : { headers: { 'content-type': type } };
  switch (kind) {
    case 'json':
      return {
        ...jsonBody({ api, schema, required, description: ownText(requestBody, 'description') }, args),
        ...headers,
      };
    case 'form':
      return formBody({ api, schema, encoding: ownObject(media, 'encoding') }, args);
    case 'text': {
      const expression = args.add({ name: 'body', place: 'body', schema: { type: 'string' }, required });
      return { body: `{{ ${expression} }}`, ...headers };
    }
  }
}

type MediaKind = 'json' | 'form' | 'text';

const STANDARD: Record<MediaKind, string> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain',
};

const KINDS: [kind: MediaKind, types: RegExp][] = [
  ['json', /^application\/json$/i],
  ['json', /^[\w!#$&^.+-]+\/(?:[\w!#$&^.-]+\+)?json(?:;.*)?$|^(?:\*|application)\/\*$/i],
  ['form', /^application\/x-www-form-urlencoded$/i],
  ['text', /^text\/[\w.+-]+$|^application\/(?:[\w.-]+\+)?xml$|^text\/\*$/i],
];

function mediaTypeOf(types: readonly string[]): { type: string; kind: MediaKind } | undefined {
  for (const [kind, fits] of KINDS) {
    const type = types.find((each) => fits.test(each) && !/[^\x20-\x7e]/.test(each) && !isFilled(each));
    if (type !== undefined) return { type, kind };
  }
  return undefined;
}

/** The properties of a body that must be there are arguments of their own; any other body is one argument. */
function jsonBody(
  given: { api: ApiDocument; schema: Json; required: boolean; description: string | undefined },
  args: ToolArguments,
): RequestBody {
  const { api, schema, required, description } = given;
  const resolved = api.resolve(schema);
  const plain = required ? plainObjectOf(api, resolved) : undefined;
  const entries = Object.entries(plain?.properties ?? {}).filter(([, part]) => !api.isReadOnly(part));
  if (plain === undefined || entries.length === 0 || entries.length > MOST_PROPERTIES) {
    if (kindOf(api, resolved) === 'value' && own(resolved, 'type') === 'string') {
      throw new NotImported('its body is a JSON text by itself');
    }
    return { body: `{{ ${args.add({ name: 'body', place: 'body', schema, required, description })} }}` };
  }
  const body = entries.map(([name, part]) => {
    const isRequired = plain.required.includes(name);
    return [name, `{{ ${args.add({ name, place: 'body', schema: part, required: isRequired })} }}`];
  });
  return { body: Object.fromEntries(body) };
}

function formBody(
  { api, schema, encoding }: { api: ApiDocument; schema: Json; encoding: JsonObject },
  args: ToolArguments,
): RequestBody {
  const plain = plainObjectOf(api, api.resolve(schema));
  if (plain === undefined) throw new NotImported('its body is a form whose fields are not listed');
  const fields = Object.entries(plain.properties).flatMap(([name, part]) => {
    const said = api.resolve(own(encoding, name));
    const style = ownText(said, 'style') ?? 'form';
    const required = plain.required.includes(name);
    const partSchema = api.resolve(part);
    if (api.isReadOnly(part)) return [];
    const expression = args.add({ name, place: 'form', schema: part, required });
    return fieldsOf(api, { name, schema: partSchema, expression }, { style, explode: own(said, 'explode') !== false });
  });
  return { form: Object.fromEntries(fields) };
}
