import { originOf } from '../models/providers/base-url.js';
import type { Origin, Sourced } from './layer.js';

/** Whose a key is: the person's (shell, own settings, own disk) or the project's (`.env`, a file inside it). */
export type KeyOwner = 'person' | 'project';

/** A key from the shell is the person's, one from `.env` is the project's. */
export function ownerOf(origin: 'shell' | 'dotenv' | undefined): KeyOwner {
  return origin === 'shell' ? 'person' : 'project';
}

export interface KeyOffer {
  owner: KeyOwner;
  /** Who said that this key is for this server; `convention` when only its well-known name says so. */
  namedBy: Origin | 'convention';
}

/**
 * Whether a key may go to a base URL that a flag, variable or file gave. A key belongs to an origin: a server gets one
 * only when whoever named the server also gave the key, or when the person said once that the origin is trusted.
 * Servers at a provider's own address are not judged here: they get the provider's key.
 */
export function mayReceiveKey(baseUrl: Sourced<string>, key: KeyOffer, trustedOrigins: readonly string[]): boolean {
  const isTrusted = trustedOrigins.includes(originOf(baseUrl.value));
  switch (baseUrl.origin) {
    case 'flag':
      return key.namedBy === 'flag';
    case 'shell':
      return key.namedBy === 'flag' || key.owner === 'person' || isTrusted;
    case 'dotenv':
      return key.owner === 'project' || isTrusted;
    case 'project':
      return (key.owner === 'project' && key.namedBy !== 'convention') || isTrusted;
    case 'user':
      return key.namedBy === 'flag' || key.namedBy === 'user' || isTrusted;
    case 'default':
      return true;
  }
}
