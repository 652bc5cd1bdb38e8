import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import { bareHost, isPublicAddress, namesMachine } from '../public-address.js';
import { NotImported } from './api-document.js';
import { own, ownList, ownObject, ownText } from './own-values.js';

/** A server that a document names. */
export interface NamedServer {
  /** With its variables filled in; it may begin at the address of the document. */
  url: string;
  description: string;
}

/** The servers that a part of a document names itself. */
export function serversOf(part: JsonObject): NamedServer[] {
  return ownList(part, 'servers').flatMap((server) => {
    const url = isJsonObject(server) ? ownText(server, 'url') : undefined;
    if (url === undefined || !isJsonObject(server)) return [];
    const description = oneLine(ownText(server, 'description') ?? '');
    return [{ url: filled(url, ownObject(server, 'variables')), description }];
  });
}

function filled(url: string, variables: JsonObject): string {
  return url.replaceAll(/\{([^{}]+)\}/g, (all, name: string) => {
    const standard = textOf(own(ownObject(variables, name), 'default'));
    return standard ?? all;
  });
}

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/**
 * The address of a server that a document names; `base` is that of the document, if it has one. A document does not lead
 * into a private network that it is not in itself. Throws NotImported.
 */
export function namedServerUrl(url: string, base: URL | undefined): URL {
  const parsed = serverUrl(url, base);
  if (parsed.host !== base?.host && namesMachine(parsed) && !isPublicAddress(bareHost(parsed))) {
    throw new NotImported(`its server ${shownUrl(parsed.href)} is in a private network, so a person must name it`);
  }
  return parsed;
}

/** The address of a server. Throws NotImported for what cannot be called. */
export function serverUrl(url: string, base?: URL): URL {
  const shown = oneLine(url);
  if (/[{}]/.test(url)) throw new NotImported(`its server ${shown} has a variable without a value`);
  if (!URL.canParse(url, base?.href)) throw new NotImported(`its server ${shown} is only a part of an address`);
  const parsed = new URL(url, base?.href);
  if (!/^https?:$/.test(parsed.protocol))
    throw new NotImported(`its server ${shown} is at an address that is neither http nor https`);
  if (parsed.username !== '' || parsed.password !== '')
    throw new NotImported('its server has a password in its address');
  parsed.search = '';
  parsed.hash = '';
  return parsed;
}
