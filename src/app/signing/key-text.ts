import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';

/** A public key as people pass it on: the kind and 32 bytes in base64url, on one line. */
const PREFIX = 'ed25519:';
/** What DER has around the bytes of an Ed25519 key. */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;

export function publicKeyText(key: KeyObject): string {
  return PREFIX + rawOf(key).toString('base64url');
}

/** How events name a key: SHA-256 of its 32 bytes. */
export function fingerprintOf(key: KeyObject): string {
  return hash('sha256', rawOf(key));
}

/** A fingerprint as people compare it. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(0, 16);
}

function rawOf(key: KeyObject): Buffer {
  const publicKey = key.type === 'public' ? key : createPublicKey(key);
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES);
}

/** The key that `publicKeyText` wrote, or one in PEM; undefined when it is not one. */
export function readPublicKey(text: string): KeyObject | undefined {
  const trimmed = text.trim();
  try {
    const key = trimmed.startsWith('-----')
      ? createPublicKey(trimmed)
      : createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, bytesOf(trimmed)]), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): Buffer {
  const bytes = text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64url') : Buffer.alloc(0);
  if (bytes.length !== KEY_BYTES) throw new Error('not a public key');
  return bytes;
}

/**
 * The private keys in a text: PEM blocks, or 32 bytes in hex or base64. Empty when something else is in it: whoever
 * reads half of a key file would sign with another key than its owner thinks.
 */
export function readPrivateKeys(text: string): KeyObject[] {
  // Where variables hold one line, line ends are written as \n.
  const lines = text.replaceAll('\\n', '\n').trim();
  try {
    const keys = lines.startsWith('-----') ? pemBlocks(lines).map((pem) => createPrivateKey(pem)) : [bareKey(lines)];
    return keys.every(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519') ? keys : [];
  } catch {
    return [];
  }
}

function pemBlocks(text: string): string[] {
  return text.match(/-----BEGIN [^-]+-----[\s\S]*?-----END [^-]+-----/g) ?? [];
}

function bareKey(text: string): KeyObject {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  const der = bytes.length === KEY_BYTES ? Buffer.concat([PRIVATE_HEAD, bytes]) : bytes;
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}
