import { advice, portia } from '../../domain/next-step.js';
import { dirname, join } from 'node:path';

import { userSettingsPath } from '../../config/settings-file.js';
import { readSettingsJson } from '../../config/settings-text.js';
import type { Environment } from '../../domain/environment.js';
import { PortiaError } from '../../domain/errors.js';
import type { NamedSigner } from '../../domain/run/signatures.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import { shellCommand } from '../../domain/values/shell-quote.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import { publicKeyText, readPublicKey } from './key-text.js';

/** Beside the user's settings, so that no other command has to read them. */
function signersPath(shell: Environment): string {
  return join(dirname(userSettingsPath(shell)), 'signers.json');
}

/** Whom the user named, in the order of naming. Throws `invalid-settings` for a file that cannot be used. */
export function readSigners(shell: Environment): NamedSigner[] {
  const path = signersPath(shell);
  const value = readSettingsJson(path)?.value ?? [];
  if (Array.isArray(value) && value.every(isSigner)) return value.map(({ key, name }) => ({ key, name }));
  throw new PortiaError('invalid-settings', `${path} does not say whose consents count.`, {
    why: 'portia trust --signer writes this file, and something else has changed it.',
    fix: shellCommand(['rm', path]),
  });
}

function isSigner(value: Json): value is { key: string; name: string } {
  return isJsonObject(value) && typeof value['key'] === 'string' && typeof value['name'] === 'string';
}

/** Somebody as lists have them. Throws `usage` for what is not a public key. */
export function toSigner({ key: text, name }: NamedSigner): NamedSigner {
  const key = readPublicKey(text);
  if (key === undefined) {
    throw new PortiaError('usage', 'This is not a public key.', {
      why: 'A key is one line that begins with ed25519:, or an Ed25519 key in PEM.',
      fix: advice`${portia('verify', '--key')}   # typed by the other person, prints it`,
    });
  }
  return { key: publicKeyText(key), name };
}

/** Names somebody; a key that is named already gets the new name. */
export function addSigner(given: NamedSigner, shell: Environment): NamedSigner {
  const signer = toSigner(given);
  write([...readSigners(shell).filter((other) => other.key !== signer.key), signer], shell);
  return signer;
}

/** Takes back whoever has this key or this name; gives those that were taken back. */
export function removeSigners(keyOrName: string, shell: Environment): NamedSigner[] {
  const signers = readSigners(shell);
  const isMeant = ({ key, name }: NamedSigner) => key === keyOrName || name === keyOrName;
  const meant = signers.filter(isMeant);
  if (meant.length > 0)
    write(
      signers.filter((signer) => !isMeant(signer)),
      shell,
    );
  return meant;
}

function write(signers: NamedSigner[], shell: Environment): void {
  const path = signersPath(shell);
  writeFileSafely(path, `${JSON.stringify(signers, null, 2)}\n`, { withFolders: true });
}
