import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

import { typedPassword } from './typed-password.js';

/** What a guess costs: 32 MB of memory, three times (OWASP, Password Storage). */
const [LOG_N, R, P] = [15, 8, 3];
const COST = { N: 2 ** LOG_N, r: R, p: P, maxmem: 2 * 128 * 2 ** LOG_N * R };
const [SALT_BYTES, HASH_BYTES] = [16, 32];
/** Characters that no password has, in whatever form of Unicode. */
const TOO_MANY = 1_280;

/** How a password is kept: a hash with its salt and its cost, as others write them, too. */
export const HASH = new RegExp(`^\\$scrypt\\$ln=${LOG_N},r=${R},p=${P}\\$([A-Za-z0-9+/]{22})\\$([A-Za-z0-9+/]{43})$`);

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `$scrypt$ln=${LOG_N},r=${R},p=${P}$${plain(salt)}$${plain(await derived(password, salt))}`;
}

/** Whether it is the password of the hash. Without a hash it is not, and that takes the same time. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', wanted = ''] = HASH.exec(hash ?? '') ?? [];
  const isPossible = password.length < TOO_MANY;
  const given = await derived(isPossible ? password : '', Buffer.from(salt, 'base64'));
  const known = Buffer.concat([Buffer.from(wanted, 'base64'), Buffer.alloc(HASH_BYTES)]).subarray(0, HASH_BYTES);
  return timingSafeEqual(given, known) && wanted !== '' && isPossible;
}

async function derived(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(typedPassword(password), salt, HASH_BYTES, COST, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function plain(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
