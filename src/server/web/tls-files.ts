import { statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

import { readTextFile } from '../../documents/read-text-file.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import { shellQuote } from '../../domain/values/shell-quote.js';

/** A certificate with those that vouch for it, and its key: PEM. */
export interface TlsFiles {
  cert: string;
  key: string;
}

const MOST_BYTES = 1024 * 1024;

/** Reads a certificate and its key from their files. Throws `invalid-settings` for what cannot be used. */
export function readTlsFiles(paths: TlsFiles): TlsFiles {
  const files = { cert: textOf(paths.cert, '--tls-cert'), key: textOf(paths.key, '--tls-key') };
  if ((statSync(paths.key).mode & 0o077) !== 0) {
    throw new PortiaError('invalid-settings', `${paths.key} cannot be used.`, {
      why: 'Other users of this machine can read the key.',
      fix: `chmod 600 ${shellQuote(paths.key)}`,
    });
  }
  try {
    createSecureContext(files);
  } catch (error) {
    throw new PortiaError('invalid-settings', 'These files are not a certificate and its key.', {
      why: `${paths.cert} and ${paths.key}: ${messageOf(error)}.`,
      fix: '--tls-cert FILE --tls-key FILE   # both in PEM, and the key without a passphrase',
    });
  }
  return files;
}

function textOf(path: string, flag: string): string {
  const file = readTextFile(path, MOST_BYTES);
  if (file.kind === 'text') return file.text;
  throw new PortiaError('not-found', `${path} ${file.kind === 'missing' ? 'does not exist' : file.why}.`, {
    why: `${flag} names it.`,
    fix: `${flag} FILE`,
  });
}
