import { portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { secretInUrl } from '../../domain/values/secret-names.js';

/** The base URL of a server, or why it cannot be one: a clause without a subject. Never quotes a secret. */
function parseBaseUrl(text: string): { ok: true; url: URL } | { ok: false; problem: string } {
  const refuse = (problem: string) => ({ ok: false as const, problem });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return refuse('is not a URL; write one like http://localhost:11434/v1');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('must begin with http:// or https://');
  const secret = secretInUrl(url);
  if (secret !== undefined) return refuse(`${secret}; give the key by the name of its variable (api_key_env) instead`);
  if (url.hash !== '') return refuse('has a part after #, which is never sent');
  return { ok: true, url };
}

/** Why the text cannot be a base URL; undefined when it can. */
export function baseUrlProblem(text: string): string | undefined {
  const parsed = parseBaseUrl(text);
  return parsed.ok ? undefined : parsed.problem;
}

/** The address as a URL. Throws a PortiaError `invalid-settings` when it cannot be asked. */
export function requireBaseUrl(text: string): URL {
  const parsed = parseBaseUrl(text);
  if (parsed.ok) return parsed.url;
  throw new PortiaError('invalid-settings', 'The base URL of the model cannot be used.', {
    why: `It ${parsed.problem}.`,
    fix: portiaTyped('run', '--base-url http://127.0.0.1:11434/v1 …'),
  });
}

/** The base URL itself where somebody pasted the address of the requests, and without slashes at its end. */
export function withoutRequestPath(url: URL): URL {
  const base = new URL(url);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/(chat\/completions|responses)$/, '');
  base.pathname = path.replace(/\/+$/, '');
  return base;
}

/** The address of what an endpoint has below its base URL, such as `models`. */
export function addressBelow(baseUrl: string, name: string): string {
  const url = withoutRequestPath(new URL(baseUrl));
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${name}`;
  return url.href;
}

/** The address under which an endpoint lists its models. */
export function modelsUrl(baseUrl: string): string {
  return addressBelow(baseUrl, 'models');
}

/** Scheme, host and port: what a key belongs to. The URL must have no problem. */
export function originOf(baseUrl: string): string {
  return new URL(baseUrl).origin;
}
