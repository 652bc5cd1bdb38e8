import { isJsonObject, textsOf, type Json, type JsonObject } from '../domain/values/json.js';

/** What MCP's `elicitation/create` asks a person, as its `params` say it. */
export type Elicitation = FormElicitation | UrlElicitation;

export interface FormElicitation {
  mode: 'form';
  message: string;
  requestedSchema: FormSchema;
}

/** Somewhere else to go to. Accepting it means only that the person agrees to go there. */
export interface UrlElicitation {
  mode: 'url';
  message: string;
  url: string;
}

/** A flat object of fields, the only schema that a form may have. */
export interface FormSchema {
  type: 'object';
  properties: Record<string, FormField>;
  required?: string[];
}

/** One of MCP's primitive schemas: text, number, boolean, one of a list, several of a list. */
export type FormField = JsonObject;

/** How a person dealt with an elicitation. `content` is there after a form was accepted. */
export type ElicitationResult = { action: 'accept'; content?: JsonObject } | { action: 'decline' | 'cancel' };

/** Which elicitations a client can show. */
export interface ElicitationModes {
  form: boolean;
  url: boolean;
}

/** A result as a client sent it; undefined when it is none. */
export function readElicitationResult(sent: unknown): ElicitationResult | undefined {
  if (!isJsonObject(sent)) return undefined;
  const { action, content } = sent;
  if (action === 'decline' || action === 'cancel') return { action };
  if (action !== 'accept') return undefined;
  return isJsonObject(content) ? { action, content } : { action };
}

/** What a server asks for, in the `params` of `elicitation/create`; undefined when it is neither a form nor an address. */
export function readElicitation(params: unknown): Elicitation | undefined {
  if (!isJsonObject(params)) return undefined;
  const { mode = 'form', message, url, requestedSchema } = params;
  if (typeof message !== 'string') return undefined;
  if (mode === 'url') return typeof url === 'string' ? { mode, message, url } : undefined;
  const schema = mode === 'form' ? readFormSchema(requestedSchema ?? null) : undefined;
  return schema === undefined ? undefined : { mode: 'form', message, requestedSchema: schema };
}

function readFormSchema(sent: Json): FormSchema | undefined {
  if (!isJsonObject(sent)) return undefined;
  const { properties = {}, required = [] } = sent;
  if (!isJsonObject(properties) || !Array.isArray(required)) return undefined;
  const fields = Object.entries(properties).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]));
  if (fields.length < Object.keys(properties).length) return undefined;
  return {
    type: 'object',
    properties: Object.fromEntries(fields),
    required: textsOf(required).filter((name) => Object.hasOwn(properties, name)),
  };
}
