/** One person or list that gets or sends mail. */
export interface Mailbox {
  /** Empty when only the address is written. */
  name: string;
  address: string;
}

const PART = String.raw`[^\s\p{C}<>()[\]\\,;:@"]+`;
const ADDRESS = new RegExp(`^${PART}@${PART}$`, 'u');
const WITH_NAME = /^([^\p{C}<>"]*)<([^<>]*)>$/u;
const LONGEST = 320;

/** Exactly one mailbox: `ada@example.org` or `Ada Lovelace <ada@example.org>`; undefined for all else. */
export function parseMailbox(text: string): Mailbox | undefined {
  if (text.length > LONGEST) return undefined;
  const [, name = '', address = text] = WITH_NAME.exec(text) ?? [];
  return ADDRESS.test(address) ? { name: name.trim(), address } : undefined;
}

export function shownMailbox({ name, address }: Mailbox): string {
  return name === '' ? address : `${name} <${address}>`;
}
