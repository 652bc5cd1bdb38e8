import { canonicalJson } from '../values/json.js';

/** What an event carries when it was signed with Ed25519. */
export interface Signature {
  /** Fingerprint of the public key: its SHA-256. */
  key: string;
  /** In base64. */
  value: string;
}

/** Whose signature it is, as this user sees it. */
export type Signer =
  | { kind: 'own' }
  /** Of a person whom the user or the store named. */
  | { kind: 'named'; name: string }
  /** Of a key that nobody named here. */
  | { kind: 'unknown' }
  /** The key is known, and it did not sign this. */
  | { kind: 'forged' }
  | { kind: 'unsigned' };

/** Somebody whose consents count. */
export interface NamedSigner {
  /** The public key as `portia verify --key` prints it. */
  key: string;
  name: string;
}

/** The port to the keys of this user and of those whom the user named. */
export interface Signing {
  sign(text: string): Signature;
  judge(text: string, signature: Signature): Signer;
}

/** Whether something with this signature counts here. */
export function countsHere(signer: Signer): boolean {
  return signer.kind === 'own' || signer.kind === 'named';
}

/**
 * The text that a signature covers: everything in the event, as canonical JSON, and through `prev` everything recorded
 * before it.
 */
export function signedText(event: object): string {
  const { signature: _signature, ...said } = event as { signature?: unknown };
  return `portia event v1\n${canonicalJson(said)}`;
}

/** Who signed the event. */
export function signerOf(event: { signature?: unknown }, signing: Pick<Signing, 'judge'>): Signer {
  const { signature } = event;
  if (signature === undefined) return { kind: 'unsigned' };
  return isSignature(signature) ? signing.judge(signedText(event), signature) : { kind: 'forged' };
}

function isSignature(value: unknown): value is Signature {
  if (typeof value !== 'object' || value === null) return false;
  const { key, value: bytes } = value as Partial<Record<string, unknown>>;
  return typeof key === 'string' && typeof bytes === 'string';
}
