import { toSigner } from '../../app/signing/signers-file.js';
import { shownStore } from '../../config/store-choice.js';
import { PortiaError } from '../../domain/errors.js';
import { advice, portia } from '../../domain/next-step.js';
import type { NamedSigner } from '../../domain/run/signatures.js';
import type { PostgresStore } from '../../storage/postgres/postgres-store.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import type { Session } from '../session/session.js';
import { unknownAction } from '../session/actions.js';
import { printSigners } from './trust-signers.js';

const ACTIONS = ['list', 'add', 'remove'];

/** Lists, names or takes back those whose consents count for everybody who uses the store. */
export async function storeSigners(session: Session<{ name: string | undefined }>, words: string[]): Promise<number> {
  const [action = 'list', signer, extra] = words;
  refuseFieldsBut(['key', 'name'], session.options.fields);
  if (!ACTIONS.includes(action)) throw unknownAction('store signers', action, { actions: ACTIONS, usual: 'list' });
  if (extra !== undefined || (signer === undefined) !== (action === 'list')) throw wrongWords(action);
  const { database } = session.services;
  if (database === undefined) throw noList(session, signer);
  switch (action) {
    case 'add':
      return add(session, database.signers, signer ?? '');
    case 'remove':
      return remove(session, database.signers, signer ?? '');
    default:
      return printSigners(session, await database.signers.list(), 'The store names nobody.');
  }
}

type Signers = PostgresStore['signers'];

async function add(session: Session<{ name: string | undefined }>, signers: Signers, key: string): Promise<number> {
  const name = session.options.name?.trim() ?? '';
  if (name === '') {
    throw new PortiaError('usage', 'The key has no name.', {
      why: 'The name says whose it is, wherever a consent is listed.',
      fix: portia('store', 'signers', 'add', key, '--name', 'NAME'),
    });
  }
  const signer: NamedSigner = toSigner({ key, name });
  await signers.add(signer);
  return printSigners(session, [signer], '');
}

/** A slip in a name must not pass as done: the person would still count. */
async function remove(session: Session, signers: Signers, keyOrName: string): Promise<number> {
  const removed = await signers.remove(keyOrName);
  if (removed.length > 0) return printSigners(session, removed, '');
  throw new PortiaError('usage', `The store names nobody with the key or name ${JSON.stringify(keyOrName)}.`, {
    why: 'Nothing was changed. Write the key or the name exactly as it was given.',
    fix: advice`${portia('store', 'signers', 'list')}   # lists those who are named`,
  });
}

function wrongWords(action: string): PortiaError {
  const isList = action === 'list';
  return new PortiaError('usage', `portia store signers ${action} takes ${isList ? 'nothing else' : 'one signer'}.`, {
    why: isList
      ? 'It lists whose consents count.'
      : 'A signer is a public key; to remove one, its name will do as well.',
    fix: isList
      ? portia('store', 'signers', 'list')
      : portia('store', 'signers', action, 'ed25519:…', ...(action === 'add' ? ['--name', 'NAME'] : [])),
  });
}

/** Whoever can write a folder could name signers in it. */
function noList(session: Session, signer: string | undefined): PortiaError {
  const store = shownStore(session.services.settings.store.value);
  return new PortiaError('usage', `The store ${store} has no list of signers.`, {
    why: 'Only a store in a database has one. With files, every user names whose consents count.',
    fix: portia('trust', ...(signer === undefined ? ['--signers'] : ['--signer', signer, '--name', 'NAME'])),
  });
}
