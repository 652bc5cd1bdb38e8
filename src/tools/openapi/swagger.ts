import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { partAt } from '../../domain/values/schema-parts.js';
import { METHODS } from './methods.js';
import { own, ownList, ownObject, ownText, referenceOf } from './own-values.js';

/** A document of Swagger 2.0 as one of OpenAPI 3.0. References into its definitions stay as they are. */
export function fromSwagger(root: JsonObject): JsonObject {
  const schemes = Object.entries(ownObject(root, 'securityDefinitions')).map(([name, scheme]) => [
    name,
    isJsonObject(scheme) && own(scheme, 'type') === 'basic' ? { type: 'http', scheme: 'basic' } : scheme,
  ]);
  const paths = Object.entries(ownObject(root, 'paths')).map(([path, item]) => [
    path,
    isJsonObject(item) ? pathItem(root, item) : item,
  ]);
  return {
    ...root,
    openapi: '3.0.0',
    servers: serversOf(root),
    components: { securitySchemes: Object.fromEntries(schemes) },
    paths: Object.fromEntries(paths),
  };
}

function serversOf(root: JsonObject): Json {
  const host = ownText(root, 'host');
  const path = ownText(root, 'basePath') ?? '/';
  if (host === undefined) return [{ url: path }];
  const schemes = ownList(root, 'schemes').filter((scheme) => scheme === 'https' || scheme === 'http');
  return [{ url: `${schemes[0] === 'http' && !schemes.includes('https') ? 'http' : 'https'}://${host}${path}` }];
}

function pathItem(root: JsonObject, { parameters: shared, ...item }: JsonObject): JsonObject {
  const operations = METHODS.flatMap((method) => {
    const operation = own(item, method);
    if (!isJsonObject(operation)) return [];
    return [[method, operationOf(root, operation, Array.isArray(shared) ? shared : [])] as const];
  });
  return { ...item, ...Object.fromEntries(operations) };
}

function operationOf(root: JsonObject, operation: JsonObject, shared: readonly Json[]): JsonObject {
  const declared = [...shared, ...ownList(operation, 'parameters')].map((each) => targetOf(root, each));
  const inPlace = (place: string) => declared.filter((each) => own(each, 'in') === place);
  const body = inPlace('body').at(-1);
  const form = inPlace('formData');
  const consumes = ownList(Object.hasOwn(operation, 'consumes') ? operation : root, 'consumes');
  const types = consumes.filter((type) => typeof type === 'string');
  const requestBody = body === undefined ? formBody(form, types) : jsonBody(body, types);
  return {
    ...operation,
    parameters: declared.filter((each) => !['body', 'formData'].includes(ownText(each, 'in') ?? '')).map(parameterOf),
    ...(requestBody !== undefined && { requestBody }),
  };
}

/** What leads to another document, or nowhere, stays: it is refused where it is used. */
function targetOf(root: JsonObject, parameter: Json): JsonObject {
  const reference = referenceOf(parameter);
  const target = reference === undefined ? parameter : (partAt(root, reference) ?? parameter);
  return isJsonObject(target) ? target : {};
}

function jsonBody(body: JsonObject, types: readonly string[]): JsonObject {
  const media = { schema: own(body, 'schema') ?? {} };
  const content = (types.length === 0 ? ['application/json'] : types).map((type) => [type, media]);
  const description = ownText(body, 'description');
  return {
    required: own(body, 'required') === true,
    content: Object.fromEntries(content),
    ...(description !== undefined && { description }),
  };
}

function formBody(fields: readonly JsonObject[], types: readonly string[]): JsonObject | undefined {
  if (fields.length === 0) return undefined;
  const hasFile = fields.some((field) => own(field, 'type') === 'file');
  const isMultipart = hasFile || (types.length > 0 && !types.includes('application/x-www-form-urlencoded'));
  const named = fields.map((field) => [ownText(field, 'name') ?? '', field] as const);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(named.map(([name, field]) => [name, schemaOf(field)])),
    required: named.flatMap(([name, field]) => (own(field, 'required') === true ? [name] : [])),
  };
  const encoding = Object.fromEntries(named.map(([name, field]) => [name, writtenAs(field)]));
  const type = isMultipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
  return { required: true, content: { [type]: { schema, encoding } } };
}

function parameterOf(parameter: JsonObject): JsonObject {
  if (referenceOf(parameter) !== undefined) return parameter;
  const { name, in: place, required, description } = parameter;
  return {
    ...(name !== undefined && { name }),
    ...(place !== undefined && { in: place }),
    ...(required !== undefined && { required }),
    ...(description !== undefined && { description }),
    schema: schemaOf(parameter),
    ...(place === 'query' && writtenAs(parameter)),
  };
}

/** The schema of a parameter stands beside its name. */
function schemaOf({ name: _name, in: _place, required: _required, ...schema }: JsonObject): JsonObject {
  return schema;
}

function writtenAs(parameter: JsonObject): JsonObject {
  switch (own(parameter, 'collectionFormat')) {
    case 'multi':
      return { style: 'form', explode: true };
    case 'ssv':
      return { style: 'spaceDelimited', explode: false };
    case 'pipes':
      return { style: 'pipeDelimited', explode: false };
    default:
      return { style: 'form', explode: false };
  }
}
