import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';

import type { Environment } from '../../domain/environment.js';
import { PortiaError } from '../../domain/errors.js';
import type { NamedSigner, Signature, Signer, Signing } from '../../domain/run/signatures.js';
import { addKey, keyFilePath, readKeyFile, whyNoKey } from './key-file.js';
import { fingerprintOf, publicKeyText, readPublicKey } from './key-text.js';
import { KEY_VARIABLE, keysOfVariable } from './key-variable.js';
import { readSigners } from './signers-file.js';

export interface SigningOptions {
  /** Variables of the shell only. */
  shell: Environment;
  /** Called once when no key can be kept for this user. */
  warn(message: string): void;
}

/** The keys of this user: read when they are first needed, made when something is first signed. */
export interface UserSigning extends Signing {
  /** Rejects a PORTIA_SIGNING_KEY that cannot be used before anything is done. */
  prepare(): void;
  /** The key that signs, made if there is none. Throws where none can be kept. */
  ownKey(): PublicKey;
  /** Judges in the same way; what these signed counts, too. */
  judgeWith(signers: readonly NamedSigner[]): Signing['judge'];
  /** Makes another key, which signs from now on. The earlier ones stay valid. Throws where it cannot be kept. */
  addKey(): PublicKey;
}

export interface PublicKey {
  /** On one line, as another person names it. */
  key: string;
  fingerprint: string;
  /** Where the private key is. */
  from: string;
}

export function createSigning(options: SigningOptions): UserSigning {
  return new KeyRing(options);
}

interface OwnKey {
  key: KeyObject;
  fingerprint: string;
}

class KeyRing implements UserSigning {
  readonly #options: SigningOptions;
  #own: OwnKey[] | undefined;
  #named: NamedKeys | undefined;

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  prepare(): void {
    if (this.#options.shell[KEY_VARIABLE] !== undefined) this.#ownKeys();
  }

  ownKey(): PublicKey {
    const { shell } = this.#options;
    const path = keyFilePath(shell);
    const given = keysOfVariable(shell);
    if (given === undefined && readKeyFile(path).length === 0) this.#own = addKey(path).map(withFingerprint);
    return this.#publicKey();
  }

  addKey(): PublicKey {
    const { shell } = this.#options;
    if (keysOfVariable(shell) !== undefined) {
      throw new PortiaError('usage', `${KEY_VARIABLE} is set, so another key would not sign.`, {
        fix: `unset ${KEY_VARIABLE}`,
      });
    }
    const path = keyFilePath(shell);
    this.#own = addKey(path, readKeyFile(path)).map(withFingerprint);
    return this.#publicKey();
  }

  #publicKey(): PublicKey {
    const { shell } = this.#options;
    const { key, fingerprint } = this.#signingKey();
    const from = keysOfVariable(shell) === undefined ? keyFilePath(shell) : KEY_VARIABLE;
    return { key: publicKeyText(key), fingerprint, from };
  }

  sign(text: string): Signature {
    const { key, fingerprint } = this.#signingKey();
    return { key: fingerprint, value: sign(null, Buffer.from(text), key).toString('base64') };
  }

  readonly judge = (text: string, signature: Signature): Signer => {
    const own = this.#ownKeys().find(({ fingerprint }) => fingerprint === signature.key);
    if (own !== undefined) return isOf(own.key, text, signature) ? { kind: 'own' } : { kind: 'forged' };
    return judgeNamed(this.#namedKeys(), text, signature);
  };

  judgeWith(signers: readonly NamedSigner[]): Signing['judge'] {
    const others = keysOf(signers);
    return (text, signature) => {
      const signer = this.judge(text, signature);
      return signer.kind === 'unknown' ? judgeNamed(others, text, signature) : signer;
    };
  }

  #signingKey(): OwnKey {
    const [first] = this.#ownKeys();
    if (first !== undefined) return first;
    const { shell, warn } = this.#options;
    try {
      this.#own = addKey(keyFilePath(shell)).map(withFingerprint);
    } catch (error) {
      warn(noKeyKept(whyNoKey(error)));
      // It counts in this process only; no more is possible.
      this.#own = [withFingerprint(generateKeyPairSync('ed25519').privateKey)];
    }
    return this.#signingKey();
  }

  /** The first one signs. */
  #ownKeys(): OwnKey[] {
    this.#own ??= this.#readOwnKeys().map(withFingerprint);
    return this.#own;
  }

  #readOwnKeys(): KeyObject[] {
    const { shell, warn } = this.#options;
    const given = keysOfVariable(shell);
    try {
      return [...(given ?? []), ...readKeyFile(keyFilePath(shell))];
    } catch (error) {
      if (given !== undefined) return given;
      if (!(error instanceof PortiaError)) throw error;
      warn(noKeyKept(whyNoKey(error)));
      return [generateKeyPairSync('ed25519').privateKey];
    }
  }

  #namedKeys(): NamedKeys {
    this.#named ??= keysOf(readSigners(this.#options.shell));
    return this.#named;
  }
}

/** By fingerprint. */
type NamedKeys = ReadonlyMap<string, { key: KeyObject; name: string }>;

function keysOf(signers: readonly NamedSigner[]): NamedKeys {
  return new Map(
    signers.flatMap(({ key: text, name }) => {
      const key = readPublicKey(text);
      return key === undefined ? [] : [[fingerprintOf(key), { key, name }] as const];
    }),
  );
}

function judgeNamed(keys: NamedKeys, text: string, signature: Signature): Signer {
  const named = keys.get(signature.key);
  if (named === undefined) return { kind: 'unknown' };
  return isOf(named.key, text, signature) ? { kind: 'named', name: named.name } : { kind: 'forged' };
}

function withFingerprint(key: KeyObject): OwnKey {
  return { key, fingerprint: fingerprintOf(key) };
}

function isOf(key: KeyObject, text: string, { value }: Signature): boolean {
  return verify(null, Buffer.from(text), key, Buffer.from(value, 'base64'));
}

function noKeyKept(why: string): string {
  return (
    `No key of yours can be kept here, so what you agree to now counts in this process only: ${why} ` +
    `Set ${KEY_VARIABLE} to a key (or @FILE), or PORTIA_CONFIG_DIR to a folder that can be written.`
  );
}
