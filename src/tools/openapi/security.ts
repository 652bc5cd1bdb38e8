import { HEADER_NAME } from '../../domain/values/header-name.js';
import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { bareHost } from '../public-address.js';
import { NotImported, type ApiDocument } from './api-document.js';
import { own, ownList, ownObject, ownText } from './own-values.js';

/** A secret that the calls of a tool send. */
export interface NeededVariable {
  name: string;
  /** The host that gets it. */
  to: string;
  /** What to put there, as a phrase. */
  what: string;
  /** A sentence about what portia does not do for it. */
  note?: string;
}

/** What security adds to a request. */
export interface RequestSecurity {
  query: Record<string, string>;
  headers: Record<string, string>;
  variables: NeededVariable[];
}

const NOTHING: RequestSecurity = { query: {}, headers: {}, variables: [] };

/**
 * The first way to sign in that can be taken; one without OAuth comes first. Secrets are variables named after the server
 * that gets them, so that no document can ask for those of another service. Throws NotImported.
 */
export function securityOf(api: ApiDocument, operation: JsonObject, server: URL): RequestSecurity {
  const ways = ownList(Object.hasOwn(operation, 'security') ? operation : api.root, 'security');
  if (ways.length === 0) return NOTHING;
  const tried = ways.map((way) => tryWay(api, isJsonObject(way) ? Object.keys(way) : [], server));
  const usable = tried.flatMap((way) => (way.ok ? [way.security] : []));
  const found = usable.find(({ variables }) => variables.every(({ note }) => note === undefined)) ?? usable[0];
  if (found !== undefined) return found;
  const [refused] = tried.flatMap((way) => (way.ok ? [] : [way.why]));
  throw new NotImported(refused ?? 'its security cannot be used');
}

type Tried = { ok: true; security: RequestSecurity } | { ok: false; why: string };

function tryWay(api: ApiDocument, schemes: readonly string[], server: URL): Tried {
  try {
    const parts = schemes.map((scheme) => schemeOf(api, scheme, server));
    return { ok: true, security: parts.reduce(joinedSecurity, NOTHING) };
  } catch (error) {
    if (error instanceof NotImported) return { ok: false, why: error.message };
    throw error;
  }
}

function joinedSecurity(one: RequestSecurity, other: RequestSecurity): RequestSecurity {
  const names = Object.keys(one.headers).map((name) => name.toLowerCase());
  const taken = Object.keys(other.headers).find((name) => names.includes(name.toLowerCase()));
  if (taken !== undefined) throw new NotImported(`two of its keys go into the header ${taken}`);
  return {
    query: { ...one.query, ...other.query },
    headers: { ...one.headers, ...other.headers },
    variables: [...one.variables, ...other.variables],
  };
}

function schemeOf(api: ApiDocument, name: string, server: URL): RequestSecurity {
  const schemes = ownObject(ownObject(api.root, 'components'), 'securitySchemes');
  const scheme = api.resolve(own(schemes, name));
  const variable = variableFor(server, name);
  const needs = (what: string, note?: string): NeededVariable => ({
    name: variable,
    to: server.host,
    what,
    ...(note !== undefined && { note }),
  });
  const authorization = (kind: string, needed: NeededVariable): RequestSecurity => ({
    ...NOTHING,
    headers: { authorization: `${kind} \${${variable}}` },
    variables: [needed],
  });
  switch (ownText(scheme, 'type')) {
    case 'apiKey':
      return apiKey(scheme, { variable, needs });
    case 'http': {
      const kind = ownText(scheme, 'scheme')?.toLowerCase();
      if (kind === 'bearer') return authorization('Bearer', needs('a token'));
      if (kind === 'basic') return authorization('Basic', needs('user:password in Base64'));
      throw new NotImported(`its security is HTTP ${oneLine(kind ?? 'of no kind')}`);
    }
    case 'oauth2':
    case 'openIdConnect': {
      const note = `${oneLine(name)} is OAuth, and portia does not sign in there: get an access token as the service says, and renew it when it expires.`;
      return authorization('Bearer', needs('an access token', note));
    }
    case undefined:
      throw new NotImported(`its security ${oneLine(name)} is not described`);
    default:
      throw new NotImported(`its security is ${oneLine(ownText(scheme, 'type') ?? '')}`);
  }
}

function apiKey(
  scheme: JsonObject,
  { variable, needs }: { variable: string; needs: (what: string) => NeededVariable },
): RequestSecurity {
  const name = ownText(scheme, 'name') ?? '';
  const value = `\${${variable}}`;
  if (!HEADER_NAME.test(name)) throw new NotImported(`its key is called ${oneLine(name)}`);
  switch (own(scheme, 'in')) {
    case 'header':
      return { ...NOTHING, headers: { [name]: value }, variables: [needs(`a key, the whole header ${name}`)] };
    case 'query':
      return { ...NOTHING, query: { [name]: value }, variables: [needs(`a key, ${name} of the query`)] };
    case 'cookie':
      return { ...NOTHING, headers: { cookie: `${name}=${value}` }, variables: [needs(`a key, the cookie ${name}`)] };
    default:
      throw new NotImported('its key has no place');
  }
}

const MOST_NAME = 80;

/** `API_EXAMPLE_COM_API_KEY`. */
function variableFor(server: URL, scheme: string): string {
  const words = `${bareHost(server)} ${scheme.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')}`;
  const name = words
    .replaceAll(/[^A-Za-z\d]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  return (/^\d/.test(name) ? `SERVER_${name}` : name).slice(0, MOST_NAME);
}
