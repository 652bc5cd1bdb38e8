import { addSigner, readSigners, removeSigners, type NamedSigner } from '../app/signing/signers-file.js';
import { PortiaError } from '../domain/errors.js';
import type { Json } from '../domain/json.js';
import { printable } from '../ui/printable.js';
import { EXIT } from './exit-codes.js';
import type { Session } from './session.js';

/** Names somebody whose consents count for this user, takes that back, or lists those who are named. */
export async function trustSigners(session: Session): Promise<number> {
  const { signer, revoke, name } = session.options;
  const shell = session.io.environment;
  if (signer === undefined) return print(session, readSigners(shell), 'Nobody is named.');
  if (revoke === true) return print(session, removeSigners(signer, shell), 'Nobody with this key or name was named.');
  if (name === undefined || name.trim() === '') {
    throw new PortiaError('usage', 'The key has no name.', {
      why: 'The name says whose it is, wherever a consent is listed.',
      fix: `portia trust --signer ${signer} --name NAME`,
    });
  }
  return print(session, [addSigner({ key: signer, name: name.trim() }, shell)], '');
}

async function print(session: Session, signers: NamedSigner[], none: string): Promise<number> {
  await session.answer({
    json: signers as unknown as Json,
    human: () =>
      signers.length === 0 ? `${none}\n` : signers.map(({ key, name }) => `${key}  ${printable(name)}\n`).join(''),
  });
  return EXIT.complete;
}
