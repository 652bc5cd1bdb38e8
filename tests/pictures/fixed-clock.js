// Imported before portia: its clock stands at the time in a file, which only what is scripted moves on, and its random
// numbers follow from that time and the command. So the same pictures are made each time.
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { PICTURE_CLOCK = '' } = process.env;
const RealDate = Date;
const now = () => Number(readFileSync(PICTURE_CLOCK, 'utf8'));

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }

  static now() {
    return now();
  }
};

performance.now = now;

let block = 0;
const seed = `${process.argv.slice(2).join(' ')} ${now()}`;

function fill(bytes) {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < view.length; at += 32) {
    block += 1;
    view.set(
      crypto
        .createHash('sha256')
        .update(`${seed} ${block}`)
        .digest()
        .subarray(0, view.length - at),
      at,
    );
  }
  return bytes;
}

crypto.randomFillSync = fill;
Object.defineProperty(crypto.webcrypto, 'getRandomValues', { value: fill });
crypto.randomBytes = (size) => fill(Buffer.alloc(size));
syncBuiltinESMExports();
