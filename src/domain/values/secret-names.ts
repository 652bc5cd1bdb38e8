const WORDS = [
  ...['api_?keys?', 'token', 'secrets?', 'passwords?', 'pass_?phrase', 'pass_?wd', 'auth', 'pat', 'pwd'],
  ...['private_?keys?', 'access_?keys?', 'connection_?string'],
];

const SECRET_NAME = new RegExp(`(^|_)(${WORDS.join('|')})$`);

/** Names that mean a key in the query of an address, and elsewhere often something else. */
const QUERY_NAME = /(^|_)(key|sig|signature|code)$/;

/** Whether a setting of this name holds a secret: `api_key`, `privateKey`, `db-password`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(inSnakeCase(name));
}

/** Why an address is itself a secret, as a clause about it; undefined when it can be shown. Never quotes a value. */
export function secretInUrl(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'holds a user name or password';
  const name = [...url.searchParams.keys()].find((key) => isSecretName(key) || QUERY_NAME.test(inSnakeCase(key)));
  return name === undefined ? undefined : `holds a key in its query (${name}=…)`;
}

/** Parameters that are never secrets, and that a person needs to see. */
const OPEN_PARAMETERS: ReadonlySet<string> = new Set(['api-version']);

/** The address for messages: without a user name or password, and without the values of its query. */
export function shownUrl(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username === '' && url.password === '' && url.search === '') return address;
  const query = [...url.searchParams].map(([name, value]) =>
    OPEN_PARAMETERS.has(name) ? `${name}=${value}` : `${name}=…`,
  );
  return `${url.protocol}//${url.host}${url.pathname}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

function inSnakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}
