import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One value of DER: its tag, its length, its content. */
function der(tag: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const list = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const number = (value: number) => der(0x02, Buffer.from([value]));

const ECDSA_WITH_SHA256 = list(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const ALT_NAME = oid('551d11');

/** A certificate of `localhost`, `portia.example` and 127.0.0.1 that vouches for itself, and its key, in files of a folder. */
export function makeCertificate(folder: string): { cert: string; key: string; pem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = list(der(0x31, list(COMMON_NAME, der(0x0c, 'portia.example'))));
  const names = list(der(0x82, 'localhost'), der(0x82, 'portia.example'), der(0x87, Buffer.from([127, 0, 0, 1])));
  const body = list(
    der(0xa0, number(2)),
    number(1),
    ...[ECDSA_WITH_SHA256, name, list(der(0x18, '20260101000000Z'), der(0x18, '21260101000000Z')), name],
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, list(list(ALT_NAME, der(0x04, names)))),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const lines = list(body, ECDSA_WITH_SHA256, signature)
    .toString('base64')
    .replaceAll(/.{1,64}/g, '$&\n');
  const pem = `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, pem);
  writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return { ...files, pem };
}
