import { HEADER_NAME } from '../../domain/values/header-name.js';
import type { Json, JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { NotImported, type ApiDocument } from './api-document.js';
import { own, ownList, ownObject, ownText } from './own-values.js';
import type { ToolArguments } from './arguments.js';
import { fieldsOf, joined, kindOf, refuseUnusableName } from './fields.js';
import type { RequestSecurity } from './security.js';

/** Where the parameters of an operation go. */
export interface RequestParameters {
  /** The path with templates, encoded. */
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** Optional ones that cannot be sent, and why. */
  missing: string[];
}

interface Parameter {
  name: string;
  place: string;
  required: boolean;
  style: string | undefined;
  explode: boolean | undefined;
  /** It is written as JSON. */
  isJson: boolean;
  schema: Json;
  description: string | undefined;
}

/** Headers that the request, or its security, brings by itself. */
const OWN_HEADERS =
  /^(?:accept|accept-encoding|authorization|connection|content-length|content-type|cookie|host|idempotency-key|te|trailer|transfer-encoding|upgrade|user-agent|proxy-.*)$/i;

/** Where an operation stands in the document, and what security brings. */
export interface OperationPlace {
  path: string;
  /** The object under its path. */
  item: JsonObject;
  operation: JsonObject;
  security: Pick<RequestSecurity, 'query' | 'headers'>;
}

/** The parameters of an operation and of its path, which become arguments. Throws NotImported. */
export function requestParametersOf(
  api: ApiDocument,
  { path, item, operation, security }: OperationPlace,
  args: ToolArguments,
): RequestParameters {
  const declared = parametersOf(api, [...ownList(item, 'parameters'), ...ownList(operation, 'parameters')]);
  const request: RequestParameters = {
    path: filledPath(api, path, { declared, args }),
    query: {},
    headers: {},
    missing: [],
  };
  for (const parameter of declared) {
    const { place, name, required } = parameter;
    if (isBrought(parameter, security)) continue;
    try {
      if (place === 'query') addQuery(api, parameter, { args, request });
      else if (place === 'header') addHeader(api, parameter, { args, request });
      else if (place === 'cookie' || place === 'querystring') throw new NotImported(`it is sent as a ${place}`);
    } catch (error) {
      if (!(error instanceof NotImported) || required) throw error;
      request.missing.push(`${oneLine(name)}: ${error.message}`);
    }
  }
  return request;
}

/** Whether the request has it by itself. */
function isBrought({ place, name }: Parameter, { query, headers }: OperationPlace['security']): boolean {
  if (place === 'query') return Object.hasOwn(query, name);
  const brought = Object.keys(headers).map((header) => header.toLowerCase());
  return place === 'header' && (OWN_HEADERS.test(name) || brought.includes(name.toLowerCase()));
}

/** A parameter of the operation takes the place of that of the path. */
function parametersOf(api: ApiDocument, all: readonly Json[]): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const each of all) {
    const parameter = api.resolve(each);
    const name = ownText(parameter, 'name');
    const place = ownText(parameter, 'in');
    if (name === undefined || place === undefined)
      throw new NotImported('one of its parameters has no name or no place');
    const [type, media] = Object.entries(ownObject(parameter, 'content'))[0] ?? [];
    const explode = own(parameter, 'explode');
    found.set(`${place} ${name}`, {
      name,
      place,
      required: own(parameter, 'required') === true,
      style: ownText(parameter, 'style'),
      explode: typeof explode === 'boolean' ? explode : undefined,
      isJson: type !== undefined && /[/+]json/i.test(type),
      schema: own(parameter, 'schema') ?? own(api.resolve(media), 'schema') ?? { type: 'string' },
      description: ownText(parameter, 'description'),
    });
  }
  return [...found.values()];
}

function filledPath(
  api: ApiDocument,
  path: string,
  { declared, args }: { declared: readonly Parameter[]; args: ToolArguments },
): string {
  if (/\p{Surrogate}/u.test(path)) throw new NotImported('its path has half of a character');
  if (/(?:^|\/)\.{1,2}(?:$|[/?])/.test(path)) throw new NotImported('its path has . or .. in it');
  return path
    .split(/(\{[^{}]*\})/)
    .map((part) => {
      const name = /^\{(.*)\}$/.exec(part)?.[1];
      if (name === undefined) return encodedPath(part);
      const parameter = declared.find((each) => each.place === 'path' && each.name === name);
      return filledPart(api, parameter ?? implied(name), args);
    })
    .join('');
}

/** What the document says of the path, with nothing left in it that would be filled in. */
function encodedPath(text: string): string {
  return text.replaceAll(/[^\w.~!$&'()*+,;=:@/?%-]|%(?![\da-f]{2})/giu, encodeURIComponent).replace(/\$$/, '%24');
}

/** Every part of the path in braces is a parameter, also when the document does not say more of it. */
function implied(name: string): Parameter {
  const schema = { type: 'string' };
  return {
    name,
    place: 'path',
    required: true,
    style: undefined,
    explode: undefined,
    isJson: false,
    schema,
    description: undefined,
  };
}

function filledPart(
  api: ApiDocument,
  { name, schema, style, isJson, description, explode }: Parameter,
  args: ToolArguments,
): string {
  const kind = kindOf(api, api.resolve(schema));
  if (kind === 'object') throw new NotImported('a part of its path is an object');
  const expression = args.add({ name, place: 'path', schema, required: true, description });
  const template = isJson ? `{{ $string(${expression}) }}` : `{{ ${expression} }}`;
  if (style === 'label') return `.${kind === 'list' ? joined(expression, explode === true ? '.' : ',') : template}`;
  if (style === 'matrix') {
    if (kind === 'list' && explode === true) throw new NotImported('a part of its path is written once for each item');
    return `;${encodeURIComponent(name)}=${kind === 'list' ? joined(expression, ',') : template}`;
  }
  return kind === 'list' ? joined(expression, ',') : template;
}

interface Filling {
  args: ToolArguments;
  request: RequestParameters;
}

function addQuery(api: ApiDocument, parameter: Parameter, { args, request }: Filling): void {
  const { name, style = 'form', explode = style === 'form' || style === 'deepObject', isJson } = parameter;
  const schema = api.resolve(parameter.schema);
  // Looked at before it becomes an argument, which it must not be when it cannot be sent.
  fieldsOf(api, { name, schema, expression: '$value' }, { style, explode });
  const expression = args.add({ ...parameter, place: 'query' });
  if (isJson) request.query[name] = `{{ $string(${expression}) }}`;
  else
    Object.assign(request.query, Object.fromEntries(fieldsOf(api, { name, schema, expression }, { style, explode })));
}

function addHeader(api: ApiDocument, parameter: Parameter, { args, request }: Filling): void {
  const { name, isJson } = parameter;
  if (!HEADER_NAME.test(name)) throw new NotImported('its name is not that of a header');
  refuseUnusableName(name);
  const kind = kindOf(api, api.resolve(parameter.schema));
  if (kind === 'object' && !isJson) throw new NotImported('it is an object in a header');
  const expression = args.add({ ...parameter, place: 'header' });
  const plain = isJson ? `{{ $string(${expression}) }}` : `{{ ${expression} }}`;
  request.headers[name] = kind === 'list' ? joined(expression, ',') : plain;
}
