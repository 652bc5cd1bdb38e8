import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { checkProjectSettings } from '../../../src/config/settings-schema.js';
import { PortiaError } from '../../../src/domain/errors.js';
import { isJsonObject, type Json, type JsonObject } from '../../../src/domain/values/json.js';
import { importOperations, type ImportedApi } from '../../../src/app/setup/imported-tools.js';
import { ApiDocument, NotImported } from '../../../src/tools/openapi/api-document.js';
import { listOperations } from '../../../src/tools/openapi/operations.js';
import { namedServerUrl, serversOf } from '../../../src/tools/openapi/servers.js';
import { petShop } from '../../support/pet-shop.js';

const ODD: Json[] = [
  ...[null, true, 0, -1, 1e21, '', 'x', '${HOME}', '{{ $x }}', '__proto__', '\ud800', '\u0000', '/..', '#', '#/paths'],
  ...['https://b.example', 'http://127.0.0.1', [], {}, [null], [[]], { $ref: '#' }, { $ref: 'x.yaml' }],
  ...[{ $ref: '#/components/schemas/Pet' }, { allOf: [{ $ref: '#/components/schemas/Pet' }] }, { type: 'object' }],
  ...[{ type: ['array', 'null'] }, { nullable: true }, { properties: null }, { required: [1, 'a'] }],
];
const NAMES = ['__proto__', 'constructor', '${HOME}', '{{ $x }}', '', '\ud800', 'a b', 'args', '$ref', 'in', 'schema'];

/** One change: which way leads to the place, and what is done there. */
const change = fc.record({
  way: fc.array(fc.nat(40), { minLength: 1, maxLength: 10 }),
  value: fc.constantFrom(...ODD),
  name: fc.option(fc.constantFrom(...NAMES)),
});

/** A copy in which the value at the end of a way is another one, or has another name. */
function changed(value: Json, [first = 0, ...way]: number[], put: { value: Json; name: string | null }): Json {
  const entries = Array.isArray(value)
    ? value.map((item, at): [string, Json] => [String(at), item])
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  const at = first % Math.max(1, entries.length);
  if (entries.length === 0) return put.value;
  const after = entries.map(([key, item], index): [string, Json] => {
    if (index !== at) return [key, item];
    return way.length === 0 ? [put.name ?? key, put.name === null ? put.value : item] : [key, changed(item, way, put)];
  });
  return Array.isArray(value) ? after.map(([, item]) => item) : Object.fromEntries(after);
}

async function imported(document: Json): Promise<ImportedApi | undefined> {
  try {
    const api = new ApiDocument(document, 'api.json');
    const server = namedServerUrl(serversOf(api.root)[0]?.url ?? '/', new URL('https://a.example'));
    const place = { base: undefined, server };
    return await importOperations(api, listOperations(api, ''), { place, settings: {}, taken: new Set() });
  } catch (error) {
    if (error instanceof PortiaError || error instanceof NotImported) return undefined;
    throw error;
  }
}

test('when anything in a document is changed then it is refused, or its tools send no variable but their own', async () => {
  const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
    const document = changes.reduce<Json>(
      (value, { way, ...put }) => changed(value, way, put),
      petShop('https://a.example'),
    );
    const found = await imported(document);
    for (const { id, settings } of found?.tools ?? []) {
      expect(checkProjectSettings({ http: { [id]: settings } })).toMatchObject({ ok: true });
      const { url, query = {}, headers = {}, body = null, form = {} } = settings;
      const sent: JsonObject = { url, query, headers, body, form };
      const variables = Array.from(JSON.stringify(sent).matchAll(/\$\{(\w+)\}/g), ([, name]) => name);
      expect(
        variables.filter((name) => name?.startsWith('A_EXAMPLE_') !== true && name?.startsWith('B_EXAMPLE_') !== true),
      ).toEqual([]);
    }
  });
  await fc.assert(property, { numRuns: 400, seed: 15 });
}, 600_000);
