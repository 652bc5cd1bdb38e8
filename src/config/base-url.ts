import { secretInUrl } from '../domain/values/secret-names.js';

/** Why the text cannot be the base URL of a server, as a clause; undefined when it can. Never quotes a secret. */
export function baseUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return 'is not a URL; write one like http://localhost:11434/v1';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  const secret = secretInUrl(url);
  if (secret !== undefined) return `${secret}; give the key by the name of its variable (api_key_env) instead`;
  if (url.hash !== '') return 'has a part after #, which is never sent';
  return undefined;
}

/** Scheme, host and port: what a key belongs to. The URL must have passed `baseUrlProblem`. */
export function originOf(baseUrl: string): string {
  return new URL(baseUrl).origin;
}
