import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { NotImported, type ApiDocument } from './api-document.js';
import { own, ownList, ownObject } from './own-values.js';

/** How a value is written into a query or a form. */
export interface FieldStyle {
  style: string;
  /** Whether each item, or each property, is a field of its own. */
  explode: boolean;
}

/** A value that becomes fields: the expression that means it, and what it may be. */
export interface FieldValue {
  name: string;
  schema: JsonObject;
  expression: string;
}

const SEPARATORS: Readonly<Record<string, string>> = { form: ',', spaceDelimited: ' ', pipeDelimited: '|' };

/** The fields that a value becomes, each with its template. Throws NotImported. */
export function fieldsOf(
  api: ApiDocument,
  { name, schema, expression }: FieldValue,
  { style, explode }: FieldStyle,
): [name: string, template: string][] {
  refuseUnusableName(name);
  switch (kindOf(api, schema)) {
    case 'list':
      return [[name, explode ? `{{ ${expression} }}` : joined(expression, SEPARATORS[style] ?? ',')]];
    case 'object': {
      if (style !== 'deepObject' && !explode) return [[name, pairs(expression)]];
      const properties = propertiesOf(api, schema);
      return properties.map((property) => {
        refuseUnusableName(property);
        if (property.includes('`'))
          throw new NotImported(`the name of its field ${oneLine(property)} cannot be written`);
        return [style === 'deepObject' ? `${name}[${property}]` : property, `{{ ${expression}.\`${property}\` }}`];
      });
    }
    case 'value':
      return [[name, `{{ ${expression} }}`]];
  }
}

/** A list as one text. */
export function joined(expression: string, separator: string): string {
  return `{{ $join(${expression}.$string(), '${separator}') }}`;
}

function pairs(expression: string): string {
  return `{{ $join($each(${expression}, function($value, $name) { $name & ',' & $string($value) }), ',') }}`;
}

/** Whether settings would take a text of the document for a template, or for one with a variable. */
export function isFilled(text: string): boolean {
  return /\$\{|\{\{/.test(text);
}

/** In a name, `${}` and `{{}}` would be taken for variables and templates; and settings have no `__proto__`. */
export function refuseUnusableName(name: string): void {
  if (isFilled(name)) throw new NotImported(`its field ${oneLine(name)} has a name that would be filled in`);
  if (name === '__proto__') throw new NotImported('its field __proto__ has a name that settings cannot have');
}

function propertiesOf(api: ApiDocument, schema: JsonObject): string[] {
  const names = Object.keys(plainObjectOf(api, schema)?.properties ?? {});
  if (names.length === 0) throw new NotImported('a value in its query or form is an object of any names');
  return names;
}

/** What a schema takes, as far as that decides how it is written. */
export function kindOf(api: ApiDocument, schema: JsonObject): 'list' | 'object' | 'value' {
  const type = own(schema, 'type');
  const types = Array.isArray(type) ? type : [type];
  if (types.includes('array') || isJsonObject(own(schema, 'items'))) return 'list';
  if (types.includes('object') || isJsonObject(own(schema, 'properties'))) return 'object';
  const [first] = ownList(schema, 'allOf');
  return first === undefined ? 'value' : kindOf(api, withoutAllOf(api.resolve(first)));
}

/** One level is enough to see it, and no circle is followed. */
function withoutAllOf({ allOf: _parts, ...schema }: JsonObject): JsonObject {
  return schema;
}

/** An object whose properties are all that it is. */
export interface PlainObject {
  properties: JsonObject;
  required: string[];
}

const MORE = ['anyOf', 'oneOf', 'not', 'if', 'patternProperties', 'minProperties', 'dependentSchemas', 'propertyNames'];

/** The properties of a schema, with those of its `allOf`; undefined when it is anything else beside. Throws NotImported. */
export function plainObjectOf(
  api: ApiDocument,
  schema: JsonObject,
  passed: ReadonlySet<JsonObject> = new Set(),
): PlainObject | undefined {
  const others = own(schema, 'additionalProperties');
  const isOpen = others === true || isJsonObject(others);
  if (passed.has(schema) || isOpen || own(schema, 'nullable') === true) return undefined;
  if (MORE.some((key) => Object.hasOwn(schema, key))) return undefined;
  if ((own(schema, 'type') ?? 'object') !== 'object') return undefined;
  let properties = ownObject(schema, 'properties');
  const required = ownList(schema, 'required').filter((name) => typeof name === 'string');
  for (const part of ownList(schema, 'allOf')) {
    const inner = plainObjectOf(api, api.resolve(part), new Set([...passed, schema]));
    if (inner === undefined) return undefined;
    properties = { ...inner.properties, ...properties };
    required.push(...inner.required);
  }
  if (Object.keys(properties).some((name) => name === '__proto__' || isFilled(name))) return undefined;
  return { properties, required };
}
