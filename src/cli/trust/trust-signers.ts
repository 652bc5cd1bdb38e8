import { advice, portia } from '../../domain/next-step.js';
import { addSigner, readSigners, removeSigners } from '../../app/signing/signers-file.js';
import type { Environment } from '../../domain/environment.js';
import type { NamedSigner } from '../../domain/run/signatures.js';
import { PortiaError } from '../../domain/errors.js';
import { printable } from '../../domain/values/printable.js';
import { EXIT } from '../session/exit-codes.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import type { Session } from '../session/session.js';

interface SignerOptions {
  signer: string | undefined;
  revoke: boolean | undefined;
  name: string | undefined;
}

/** Names somebody whose consents count for this user, takes that back, or lists those who are named. */
export async function trustSigners(session: Session<SignerOptions>): Promise<number> {
  const { signer, revoke, name, fields } = session.options;
  refuseFieldsBut(['key', 'name'], fields);
  const shell = session.io.environment;
  if (signer === undefined) return printSigners(session, readSigners(shell), 'You have named nobody.');
  if (revoke === true) return printSigners(session, takeBack(signer, shell), '');
  if (name === undefined || name.trim() === '') {
    throw new PortiaError('usage', 'The key has no name.', {
      why: 'The name says whose it is, wherever a consent is listed.',
      fix: portia('trust', '--signer', signer, '--name', 'NAME'),
    });
  }
  return printSigners(session, [addSigner({ key: signer, name: name.trim() }, shell)], '');
}

/** A slip in a name must not pass as done: the person would still count. */
function takeBack(signer: string, shell: Environment): NamedSigner[] {
  const removed = removeSigners(signer, shell);
  if (removed.length > 0) return removed;
  throw new PortiaError('usage', `You have named nobody with the key or name ${JSON.stringify(signer)}.`, {
    why: 'Nothing was changed. Write the key or the name exactly as it was given.',
    fix: advice`${portia('trust', '--signers')}   # lists those who are named`,
  });
}

/** `none`: what is said when there are none. */
export async function printSigners(session: Session, signers: NamedSigner[], none: string): Promise<number> {
  await session.print({
    record: signers,
    human: () =>
      signers.length === 0 ? `${none}\n` : signers.map(({ key, name }) => `${key}  ${printable(name)}\n`).join(''),
  });
  return EXIT.complete;
}
