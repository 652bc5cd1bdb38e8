import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What a guess costs: 32 MB of memory, three times (OWASP, Password Storage). */
const [LOG_N, R, P] = [15, 8, 3];
const COST = { N: 2 ** LOG_N, r: R, p: P, maxmem: 2 * 128 * 2 ** LOG_N * R };
const [SALT_BYTES, HASH_BYTES] = [16, 32];
/** Characters: OWASP ASVS 2.1.1 and 2.1.2. */
const [LEAST, MOST] = [12, 128];
const MOST_TYPED = 10 * MOST;

/** How a password is kept: a hash with its salt and its cost, as others write them, too. */
export const HASH = new RegExp(`^\\$scrypt\\$ln=${LOG_N},r=${R},p=${P}\\$([A-Za-z0-9+/]{22})\\$([A-Za-z0-9+/]{43})$`);

/** Why a text cannot be a password, as a clause; undefined when it can. */
export function passwordProblem(password: string, name: string): string | undefined {
  const characters = Array.from(typed(password));
  if (characters.length < LEAST) return `has ${characters.length} characters, and at least ${LEAST} are needed`;
  if (characters.length > MOST) return `has more than ${MOST} characters`;
  return isGuessedFirst(typed(password).toLowerCase(), typed(name).toLowerCase())
    ? 'is one of the first guesses'
    : undefined;
}

/** Words of which people make passwords with a few digits. */
const USUAL_WORDS = new Set(
  'password passwort qwerty qwertz azerty admin administrator letmein welcome iloveyou changeme secret portia login'.split(
    ' ',
  ),
);
/** What keys give one after the other. */
const ROWS = ['1234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm'];

/** Something repeated, a row of keys, or a usual word or the name with digits. */
function isGuessedFirst(lower: string, name: string): boolean {
  const half = Math.floor(lower.length / 2);
  const isRepeated = Array.from({ length: half }, (_, index) => index + 1).some(
    (length) =>
      lower ===
      lower
        .slice(0, length)
        .repeat(Math.ceil(lower.length / length))
        .slice(0, lower.length),
  );
  const rows = ROWS.flatMap((row) => [row.repeat(LEAST), Array.from(row).toReversed().join('').repeat(LEAST)]);
  const word = lower.replaceAll(/[^\p{L}]/gu, '');
  return isRepeated || rows.some((row) => row.includes(lower)) || USUAL_WORDS.has(word) || word === name;
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `$scrypt$ln=${LOG_N},r=${R},p=${P}$${plain(salt)}$${plain(await derived(password, salt))}`;
}

/** Whether it is the password of the hash. Without a hash it is not, and that takes the same time. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', wanted = ''] = HASH.exec(hash ?? '') ?? [];
  // As long as no password can be, in whatever form of Unicode: it is not worth the work.
  const isPossible = password.length <= MOST_TYPED;
  const given = await derived(isPossible ? password : '', Buffer.from(salt, 'base64'));
  const known = Buffer.concat([Buffer.from(wanted, 'base64'), Buffer.alloc(HASH_BYTES)]).subarray(0, HASH_BYTES);
  return timingSafeEqual(given, known) && wanted !== '' && isPossible;
}

/** The same password from every keyboard. */
function typed(password: string): string {
  return password.normalize('NFKC');
}

async function derived(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(typed(password), salt, HASH_BYTES, COST, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function plain(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
