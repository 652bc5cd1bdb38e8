import { resolve } from 'node:path';

import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isOwnMachine } from '../../domain/values/own-machine.js';
import { HOST } from '../../server/listen-here.js';
import type { Entrance } from '../../server/web/entrance.js';
import { isEverywhere } from '../../server/web/origins.js';
import type { Listening } from '../../server/web/serve-web.js';
import { readTlsFiles } from '../../server/web/tls-files.js';
import type { Session } from '../session/session.js';
import { readListen } from './read-listen.js';
import type { ServeOptions } from './serve-flags.js';

/** Where and to whom the flags show pages. Throws `usage` or `invalid-settings` where that would be open to others. */
export async function listeningOf(session: Session<ServeOptions>): Promise<Listening> {
  const { options, services } = session;
  refuseContradictions(options);
  const { host, port } = options.listen === undefined ? { host: HOST, port: undefined } : readListen(options.listen);
  if (port !== undefined && options.port !== undefined) {
    throw new PortiaError('usage', '--listen and --port both say the port.', { fix: `--listen ${host}:${port}` });
  }
  const { tlsCert, tlsKey } = options;
  const path = (file: string) => resolve(services.cwd, file);
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : readTlsFiles({ cert: path(tlsCert), key: path(tlsKey) });
  const entrance = await entranceOf(session);
  const isBehindProxy = options.behindProxy === true;
  const publicUrl = services.settings.publicUrl?.value;
  if (!isOwnMachine(host)) refuseOpen(host, { isEncrypted: tls !== undefined || isBehindProxy, entrance });
  if (isBehindProxy) refuseUnguarded({ publicUrl, entrance });
  if (isEverywhere(host) && publicUrl === undefined) throw unknownAddress(`--listen ${host} has no name of its own.`);
  return { host, port: port ?? options.port ?? 0, tls, entrance, isBehindProxy };
}

function refuseContradictions(options: ServeOptions): void {
  const { tlsCert, tlsKey, userHeader, behindProxy, role } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [given, missing] = tlsCert === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
    throw new PortiaError('usage', `${given} needs ${missing}.`, {
      why: 'TLS takes a certificate and its key.',
      fix: `${given} FILE ${missing} FILE`,
    });
  }
  if (userHeader !== undefined && behindProxy !== true) {
    throw new PortiaError('usage', '--user-header needs --behind-proxy.', {
      why: 'Without a proxy that sets the header, everybody could say who they are.',
      fix: `--behind-proxy --user-header ${userHeader}`,
    });
  }
  if (role !== undefined && userHeader === undefined) {
    throw new PortiaError('usage', '--role is for those whom a proxy names.', {
      why: 'The file of users says what the others may do.',
      fix: portia('users', 'change', 'NAME', '--role', role[0] ?? 'look'),
    });
  }
}

/** Loaded only where somebody is named. */
async function entranceOf(session: Session<ServeOptions>): Promise<Entrance | undefined> {
  const { options, services } = session;
  const usersFile = options.users ?? services.settings.usersFile?.value;
  if (usersFile === undefined && options.userHeader === undefined) {
    if (options.secondFactor !== undefined)
      throw nobodyNamed('A second factor is for those who sign in, and nobody is named.');
    return undefined;
  }
  const { namedEntrance } = await import('./named-entrance.js');
  return namedEntrance(session);
}

function refuseOpen(
  host: string,
  { isEncrypted, entrance }: { isEncrypted: boolean; entrance: Entrance | undefined },
): void {
  if (!isEncrypted) {
    throw new PortiaError('usage', `--listen ${host} lets other machines in, and nothing is encrypted.`, {
      why: 'Anybody on the network between could read passwords and answer questions.',
      fix: '--tls-cert FILE --tls-key FILE\n--behind-proxy   # where a proxy encrypts',
    });
  }
  if (entrance === undefined) throw nobodyNamed(`--listen ${host} lets other machines in, and nobody is named.`);
}

function refuseUnguarded({
  publicUrl,
  entrance,
}: {
  publicUrl: string | undefined;
  entrance: Entrance | undefined;
}): void {
  if (entrance === undefined) throw nobodyNamed('Others come through the proxy, and nobody is named.');
  if (publicUrl === undefined) throw unknownAddress('Nobody knows under which address the proxy is reached.');
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'https:' || isOwnMachine(hostname)) return;
  throw new PortiaError('invalid-settings', `The proxy is reached by ${publicUrl}, and nothing is encrypted.`, {
    why: 'Anybody on the network between could read passwords and answer questions. The setting serve.public_url says so.',
    fix: portia('config', 'set', '--local', 'serve.public_url', publicUrl.replace(/^http:/, 'https:')),
  });
}

function nobodyNamed(what: string): PortiaError {
  return new PortiaError('usage', what, {
    why: 'The printed address alone lets in whoever has it, so it is for this machine only.',
    fix: advice`${portia('users', 'add', 'NAME', '--users', 'FILE')}\n--users FILE\n--behind-proxy --user-header Remote-User   # where a proxy signs people in`,
  });
}

function unknownAddress(what: string): PortiaError {
  return new PortiaError('invalid-settings', what, {
    why: 'Browsers come under a name, and serve.public_url of the settings is not set. Other names are refused.',
    fix: portia('config', 'set', '--local', 'serve.public_url', 'https://portia.example.com'),
  });
}
