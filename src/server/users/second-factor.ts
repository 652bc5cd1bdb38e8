import { createHash } from 'node:crypto';

import { HOTP, Secret, TOTP } from 'otpauth';

import type { SecondFactor } from './users-file.js';

/** RFC 6238 as every authenticator has it: SHA-1, six digits. */
const PERIOD_S = 30;
/** Codes of the period before and after count, too: clocks differ, and typing takes time. */
const WINDOW = 1;
const KEY_BYTES = 20;
const RECOVERY_CODES = 10;
/** Characters of Base32, with 100 bits. */
const [RECOVERY_CHARACTERS, RECOVERY_BYTES] = [20, 13];

/** A second factor that is new, with what the person is given of it once. */
export interface NewSecondFactor {
  kept: SecondFactor;
  /** For authenticators, which show it as a QR code or take it as an address. */
  uri: string;
  recoveryCodes: string[];
}

/** `name`: of the person, as the authenticator shows it. */
export function newSecondFactor(name: string): NewSecondFactor {
  const secret = new Secret({ size: KEY_BYTES });
  const key = secret.base32;
  const recoveryCodes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  const recovery = recoveryCodes.map((code) => digestOf(plain(code), key));
  const uri = new TOTP({ issuer: 'portia', label: name, secret, period: PERIOD_S }).toString();
  return { kept: { key, recovery }, uri, recoveryCodes };
}

/** What is kept once the code was used, so that it counts once; undefined for a code that is wrong or was used. */
export function takeCode(kept: SecondFactor, typed: string, now: Date): SecondFactor | undefined {
  const code = plain(typed);
  if (code.length === RECOVERY_CHARACTERS) return takeRecoveryCode(kept, code);
  if (!/^\d{6}$/.test(code)) return undefined;
  const current = TOTP.counter({ period: PERIOD_S, timestamp: now.getTime() });
  const secret = Secret.fromBase32(kept.key);
  const delta = HOTP.validate({ token: code, secret, counter: current, window: WINDOW });
  if (delta === null || current + delta <= (kept.used ?? 0)) return undefined;
  return { ...kept, used: current + delta };
}

function takeRecoveryCode(kept: SecondFactor, code: string): SecondFactor | undefined {
  const digest = digestOf(code, kept.key);
  const recovery = kept.recovery.filter((known) => known !== digest);
  return recovery.length < kept.recovery.length ? { ...kept, recovery } : undefined;
}

function newRecoveryCode(): string {
  const text = new Secret({ size: RECOVERY_BYTES }).base32.slice(0, RECOVERY_CHARACTERS);
  return text.toLowerCase().replaceAll(/.{5}(?=.)/g, '$&-');
}

/** As people type it: with spaces or hyphens, in any case. */
function plain(typed: string): string {
  return typed.normalize('NFKC').replaceAll(/[\s-]/g, '').toLowerCase();
}

/** Salted by the key of the person. Nobody guesses 100 bits, so one round is enough. */
function digestOf(code: string, key: string): string {
  return createHash('sha256').update(`${key}\n${code}`).digest('hex');
}
