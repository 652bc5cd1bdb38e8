import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { ImportReport } from '../../src/ui/import-view.js';
import { petShop, SHOP_KEY, startPetShop } from '../support/pet-shop.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, UNTRUSTED, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { openPortia } from '../support/scenario.js';

type Report = ImportReport & { next: string[] };

const IMPORT = ['tools', 'import', 'openapi'];
const URL_OF_SHOP = 'https://pets.example.com/v1';
const reportOf = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;
const settingsOf = (cwd: string) =>
  JSON.parse(readFileSync(join(cwd, 'portia.json'), 'utf8')) as { http: Record<string, Record<string, unknown>> };
const states = (ended: Ended) => reportOf(ended).tools.map(({ id, state }) => `${id} ${state}`);

/** A project that imported the pet shop. */
async function imported(url = URL_OF_SHOP): Promise<string> {
  const cwd = makeProject({ 'pets.json': petShop(url) });
  expect((await portiaHere([...IMPORT, 'pets.json'], { cwd })).code).toBe(0);
  return cwd;
}

describe('an import of a document', () => {
  test('when it is at an address then its tools call the server that it means, as plans and commands say', async () => {
    const shop = await startPetShop();
    const cwd = makeProject();
    const env = { SERVER_127_0_0_1_SHOP_KEY: SHOP_KEY };
    const made = await portiaHere([...IMPORT, `${shop.url}/openapi.json`], { cwd, env });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const report = reportOf(made);
    expect(report).toMatchObject({
      title: 'Pet shop',
      servers: [{ url: `${shop.url}/v1`, tools: 8 }],
      left_out: [],
      variables: [{ name: 'SERVER_127_0_0_1_SHOP_KEY', set: true }],
    });
    expect(report.tools.map(({ id, effect }) => `${id} ${effect}`)).toEqual([
      'listPets read',
      'addPet once',
      'getPet read',
      'head_pets_petId read',
      'replacePet idempotent',
      'changePet once',
      'removePet idempotent',
      'store_order_place once',
    ]);
    const step = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });
    const steps = [
      step('addPet', { name: 'Rex', kind: 'dog', nick: null }, '$added'),
      step('changePet', { petId: '{{ $added.id }}', body: { name: 'Max' } }, '$changed'),
      step('replacePet', { petId: '{{ $added.id }}', name: 'Mia', parent: { name: 'Max' } }, '$replaced'),
      step('getPet', { petId: '{{ $added.id }}' }, '$pet'),
      step('head_pets_petId', { petId: '{{ $added.id }}' }, '$headers'),
      step('store_order_place', { pet: '{{ $added.id }}', note: 'a & b', tag: ['x', 'y'] }, '$order'),
      step('removePet', { petId: '{{ $added.id }}' }, '$gone'),
      step(
        'listPets',
        { kind: ['cat', 'dog'], ids: [1, 2], filter: { 'max-age': 3 }, sort: 'name', X_Request_ID: 'r1' },
        '$list',
      ),
      { kind: 'compute', expression: '[$pet.name, $order.form, $list.asked, $headers.`content-type`]', output: '$all' },
    ];
    writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ plan_context: { query: 'q', tool_ids: [] }, steps }));
    const ended = await portiaHere(['run-plan', 'plan.json', '--approve', '*', '--format', 'value'], { cwd, env });
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toEqual([
      'Mia',
      'pet=1&note=a+%26+b&tag=x&tag=y',
      '?kind=cat&kind=dog&ids=1%2C2&filter%5Bmax-age%5D=3&sort=name',
      'application/json',
    ]);
    const calls = shop.requests.slice(1);
    expect(calls.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      'POST /v1/pets',
      'PATCH /v1/pets/1',
      'PUT /v1/pets/1',
      'GET /v1/pets/1',
      'HEAD /v1/pets/1',
      'POST /v1/orders',
      'DELETE /v1/pets/1',
      'GET /v1/pets',
    ]);
    expect(calls.map(({ headers }) => headers['x-shop-key'])).toEqual(calls.map(() => SHOP_KEY));
    expect(calls.map(({ headers }) => headers['idempotency-key'] !== undefined)).toEqual(
      calls.map(({ method }) => method !== 'GET' && method !== 'HEAD'),
    );
    expect(calls[0]?.body).toBe('{"name":"Rex","kind":"dog","nick":null}');
    expect(calls[1]).toMatchObject({
      body: '{"name":"Max"}',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(calls.at(-1)?.headers['x-request-id']).toBe('r1');
    const call = ['tools', 'call', 'getPet', '--json'];
    expectError(await portiaHere([...call, 'petId=one'], { cwd, env }), { code: 'invalid-input', exit: 2 });
    expectError(await portiaHere([...call, 'petId=9'], { cwd, env }), { code: 'tool-failed', exit: 1 });
    expect(readFileSync(join(cwd, 'portia.json'), 'utf8')).not.toContain(SHOP_KEY);
  });

  test('when it is a file then what was written is named, with the variables to set and what to type next', async () => {
    const cwd = makeProject({ 'pets.json': petShop(URL_OF_SHOP) });
    const made = reportOf(await portiaHere([...IMPORT, 'pets.json', '--only', 'pets'], { cwd }));
    expect(made.tools.map(({ id }) => id)).toEqual(['listPets', 'addPet']);
    expect(made.variables).toEqual([
      {
        name: 'PETS_EXAMPLE_COM_SHOP_KEY',
        to: 'pets.example.com',
        what: 'a key, the whole header X-Shop-Key',
        set: false,
      },
    ]);
    expect(made.next).toEqual([
      'export PETS_EXAMPLE_COM_SHOP_KEY=…   # or a line in .env',
      'portia tools describe listPets',
      'portia tools list',
    ]);
    expect(settingsOf(cwd).http['addPet']).toEqual({
      description: 'Adds a pet.',
      method: 'POST',
      url: 'https://pets.example.com/v1/pets',
      headers: { 'X-Shop-Key': '${PETS_EXAMPLE_COM_SHOP_KEY}' },
      body: { name: '{{ $name }}', kind: '{{ $kind }}', nick: '{{ $nick }}', parent: '{{ $parent }}' },
      args: {
        type: 'object',
        properties: {
          name: { description: 'Its name', type: 'string' },
          kind: { type: 'string', enum: ['cat', 'dog'] },
          nick: { type: ['string', 'null'] },
          parent: { $ref: '#/$defs/Pet' },
        },
        required: ['name'],
        $defs: {
          Pet: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { description: 'Its name', type: 'string' },
              kind: { type: 'string', enum: ['cat', 'dog'] },
              nick: { type: ['string', 'null'] },
              parent: { $ref: '#/$defs/Pet' },
            },
          },
        },
      },
    });
    const shown = await portiaHere([...IMPORT, 'pets.json', '--format', 'human'], { cwd });
    expect(shown.stdout).toMatch(
      /^Pet shop: 8 tools in portia\.json\n {2}8 calls go to https:\/\/pets\.example\.com\/v1\n/,
    );
    expect(shown.stdout).toContain('PETS_EXAMPLE_COM_SHOP_KEY (not set)');
  });

  test('when a project is trusted then so is what it imports, and another one stays untrusted', async () => {
    const files = { 'pets.json': petShop(URL_OF_SHOP) };
    const fresh = makeProject(files);
    expect((await portiaHere([...IMPORT, 'pets.json'], { cwd: fresh, env: UNTRUSTED })).code).toBe(0);
    const described = ['tools', 'describe', 'getPet'];
    expect((await portiaHere(described, { cwd: fresh, env: UNTRUSTED })).code).toBe(0);
    const other = makeProject({ ...files, 'portia.json': { approvals: { 'get*': 'allow' } } });
    expect((await portiaHere([...IMPORT, 'pets.json'], { cwd: other, env: UNTRUSTED })).code).toBe(0);
    expectError(await portiaHere(described, { cwd: other, env: UNTRUSTED }), { code: 'project-untrusted', exit: 6 });
  });

  test('when it comes by standard input then it is read, and settings that are there stay', async () => {
    const settings = { planner: 'offline', http: { mine: { description: 'Mine.', url: 'https://a.example/' } } };
    const cwd = makeProject({ 'portia.json': settings });
    const input = JSON.stringify(petShop(URL_OF_SHOP));
    expect((await portiaHere([...IMPORT, '-', '--only', 'getPet', '--prefix', 'shop_'], { cwd, input })).code).toBe(0);
    expect(settingsOf(cwd)).toMatchObject(settings);
    expect(Object.keys(settingsOf(cwd).http)).toEqual(['mine', 'shop_getPet']);
  });
});

describe('a second import', () => {
  test('when nothing changed then nothing is written', async () => {
    const cwd = await imported();
    const before = readFileSync(join(cwd, 'portia.json'), 'utf8');
    const again = await portiaHere([...IMPORT, 'pets.json', '--replace'], { cwd });
    expect(new Set(reportOf(again).tools.map(({ state }) => state))).toEqual(new Set(['same']));
    expect(readFileSync(join(cwd, 'portia.json'), 'utf8')).toBe(before);
  });

  test('when declarations differ then they stay and are named, until --replace; new ones are added', async () => {
    const cwd = await imported();
    const settings = settingsOf(cwd);
    const { addPet: _removed, ...http } = settings.http;
    const byHand = { ...http['getPet'], description: 'Mine.', timeout_ms: 5, output: '$body.name' };
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ http: { ...http, getPet: byHand } }));
    const kept = await portiaHere([...IMPORT, 'pets.json', '--only', 'getPet', '--only', 'addPet'], { cwd });
    expect(states(kept)).toEqual(['addPet added', 'getPet kept']);
    expect(reportOf(kept).tools[1]?.changes).toEqual(['description']);
    expect(reportOf(kept).next).toContain('portia tools import openapi pets.json --replace');
    expect(settingsOf(cwd).http['getPet']).toEqual(byHand);
    const replaced = await portiaHere([...IMPORT, 'pets.json', '--replace'], { cwd });
    expect(states(replaced)).toContain('getPet replaced');
    expect(settingsOf(cwd).http['getPet']).toEqual({ ...settings.http['getPet'], timeout_ms: 5, output: '$body.name' });
  });

  test('when another service has the same ids then its tools are not taken for them', async () => {
    const cwd = await imported();
    writeFileSync(join(cwd, 'pets.json'), JSON.stringify(petShop('https://dogs.example.org')));
    const kept = reportOf(await portiaHere([...IMPORT, 'pets.json', '--only', 'getPet'], { cwd }));
    expect(kept.tools).toMatchObject([{ state: 'kept', changes: ['url', 'headers'] }]);
    const [first] = kept.next.filter((step) => step.startsWith('portia tools import'));
    expect(first).toBe('portia tools import openapi pets.json --prefix pet_shop_');
    const both = await portiaHere([...IMPORT, 'pets.json', '--only', '*getPet', '--prefix', 'pet_shop_'], { cwd });
    expect(states(both)).toEqual(['pet_shop_getPet added']);
  });

  test('when a module has the id of an operation then that is left out', async () => {
    const tool =
      "import { defineTool } from 'portia'; import * as z from 'zod';\nexport default defineTool({ id: 'getPet', " +
      "name: 'x', description: 'x', effect: 'read', args: z.object({}), run: () => 1 });";
    const settings = { tools: { modules: ['./tool.ts'] } };
    const cwd = makeProject({ 'pets.json': petShop(URL_OF_SHOP), 'tool.ts': tool, 'portia.json': settings });
    const made = reportOf(await portiaHere([...IMPORT, 'pets.json', '--only', 'getPet', '--only', 'addPet'], { cwd }));
    expect(made.tools.map(({ id }) => id)).toEqual(['addPet']);
    expect(made.left_out[0]?.why).toBe('getPet is the id of another tool');
  });

  test('when an operation is gone then its tool stays, and is named', async () => {
    const cwd = await imported();
    writeFileSync(join(cwd, 'pets.json'), JSON.stringify(petShop(URL_OF_SHOP, { paths: { '/a': { get: {} } } })));
    const again = reportOf(await portiaHere([...IMPORT, 'pets.json'], { cwd }));
    expect(again.gone).toContain('getPet');
    expect(settingsOf(cwd).http).toHaveProperty('getPet');
  });

  test('when a person is there then they are asked whether hand-made changes may be lost', async () => {
    const cwd = await imported();
    const text = readFileSync(join(cwd, 'portia.json'), 'utf8');
    writeFileSync(join(cwd, 'portia.json'), text.replace('Gives one pet.', 'Mine.'));
    for (const [answer, description] of [
      ['n', 'Mine.'],
      ['y', 'Gives one pet.'],
    ] as const) {
      const terminal = openPortia([...IMPORT, 'pets.json'], { cwd });
      await terminal.waitFor('Replace them?');
      expect(terminal.screen()).toContain('getPet: description');
      terminal.type(answer);
      terminal.press('enter');
      expect(await terminal.exit()).toMatchObject({ code: 0 });
      expect(settingsOf(cwd).http['getPet']?.['description']).toBe(description);
    }
  });
});

describe('the server of a document', () => {
  const servers = [{ url: 'https://live.example.com' }, { url: 'https://test.example.com', description: 'For tests' }];

  test('when there are several then one must be chosen', async () => {
    const cwd = makeProject({ 'pets.json': petShop('', { servers }) });
    const refused = expectError(await portiaHere([...IMPORT, 'pets.json'], { cwd }), { code: 'usage', exit: 2 });
    expect(refused.fix).toContain('portia tools import openapi pets.json --server https://test.example.com/');
    const chosen = await portiaHere([...IMPORT, 'pets.json', '--server', 'https://test.example.com'], { cwd });
    expect(reportOf(chosen).servers).toEqual([{ url: 'https://test.example.com/', tools: 8 }]);
    expect(settingsOf(cwd).http['getPet']).toMatchObject({ url: 'https://test.example.com/pets/{{ $petId }}' });
  });

  test('when a person is there then they choose it', async () => {
    const cwd = makeProject({ 'pets.json': petShop('', { servers }) });
    const terminal = openPortia([...IMPORT, 'pets.json'], { cwd });
    await terminal.waitFor('Where do the calls go?');
    terminal.press('down');
    terminal.press('enter');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(settingsOf(cwd).http['getPet']).toMatchObject({ url: 'https://test.example.com/pets/{{ $petId }}' });
  });

  test('when a document would lead into a private network then only a person can name the server', async () => {
    const url = 'http://127.0.0.1:2375/v1';
    const refused = await portiaHere([...IMPORT, 'pets.json'], { cwd: makeProject({ 'pets.json': petShop(url) }) });
    expect(expectError(refused, { code: 'usage', exit: 2 })).toMatchObject({
      why: `The server ${url} is in a private network, so a person must name it.`,
      fix: `portia tools import openapi pets.json --server ${url}`,
    });
    const paths = Object.fromEntries(
      ['http://localhost:1', 'http://169.254.169.254', 'http://[::1]', 'http://8.8.8.8'].map((own, index) => [
        `/${index}`,
        { get: { operationId: `get${index}`, servers: [{ url: own }] } },
      ]),
    );
    const cwd = makeProject({ 'pets.json': petShop(url, { paths }) });
    const made = await portiaHere([...IMPORT, 'pets.json', '--server', url], { cwd });
    expect(states(made)).toEqual(['get3 added']);
    expect(reportOf(made).left_out.map(({ why }) => why)).toEqual(
      ['http://localhost:1/', 'http://169.254.169.254/', 'http://[::1]/'].map(
        (own) => `its server ${own} is in a private network, so a person must name it`,
      ),
    );
  });

  test('when an operation names its own then its calls, and a key of that server, go there', async () => {
    const paths = { '/files': { post: { operationId: 'upload', servers: [{ url: 'https://files.example.org' }] } } };
    const cwd = makeProject({ 'pets.json': petShop(URL_OF_SHOP, { paths }) });
    const made = reportOf(await portiaHere([...IMPORT, 'pets.json'], { cwd }));
    expect(made.servers).toEqual([{ url: 'https://files.example.org/', tools: 1 }]);
    expect(made.variables).toMatchObject([{ name: 'FILES_EXAMPLE_ORG_SHOP_KEY', to: 'files.example.org' }]);
  });
});

describe('a large document', () => {
  const paths = Object.fromEntries(
    Array.from({ length: 1200 }, (_, index) => [
      `/things/${index}`,
      { get: { operationId: `things/get-${index}`, tags: [index < 1100 ? 'things' : 'few'], responses: {} } },
    ]),
  );

  test('when nothing is chosen then it says how many operations there are, and how to choose', async () => {
    const cwd = makeProject({ 'large.json': petShop(URL_OF_SHOP, { paths }) });
    const refused = expectError(await portiaHere([...IMPORT, 'large.json'], { cwd }), { code: 'usage', exit: 2 });
    expect(refused).toMatchObject({
      message: 'large.json has 1200 operations.',
      why: expect.stringContaining('things (1100), few (100)'),
      fix: expect.stringContaining('portia tools import openapi large.json --only things'),
    });
    const some = await portiaHere([...IMPORT, 'large.json', '--only', 'few', '--only', 'things_get-7'], { cwd });
    expect(reportOf(some).tools).toHaveLength(101);
  });

  test('when portia.json would be longer than it may be then nothing is written', async () => {
    const wordy = Array.from({ length: 330 }, (_, index) => [`/${index}`, { get: { description: 'd'.repeat(600) } }]);
    const cwd = makeProject({ 'large.json': petShop(URL_OF_SHOP, { paths: Object.fromEntries(wordy) }) });
    const refused = await portiaHere([...IMPORT, 'large.json', '--only', '*'], { cwd });
    expect(expectError(refused, { code: 'usage', exit: 2 }).message).toMatch(/^portia\.json would have \d+ bytes\.$/);
    expect(() => settingsOf(cwd)).toThrow('ENOENT');
  });

  test('when a glob names nothing then the nearest is offered', async () => {
    const cwd = makeProject({ 'pets.json': petShop(URL_OF_SHOP) });
    const refused = await portiaHere([...IMPORT, 'pets.json', '--only', 'getPets'], { cwd });
    expect(expectError(refused, { code: 'not-found', exit: 2 }).why).toBe('Did you mean getPet?');
  });
});
