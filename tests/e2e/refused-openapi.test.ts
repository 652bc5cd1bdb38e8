import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { JsonObject } from '../../src/domain/values/json.js';
import { api, IMPORT, post } from '../support/openapi-document.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { sendJson, startServer } from '../tools/local-server.js';

describe('a document that cannot be imported', () => {
  const deep = `${'{"paths":'.repeat(300)}1${'}'.repeat(300)}`;
  const bomb = [
    'a: &a [1,1,1,1,1,1,1,1,1,1]',
    ...'bcdefgh'.split('').map((name, index) => {
      const before = 'abcdefg'[index];
      return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`;
    }),
  ].join('\n');
  const cases: [what: string, document: string | JsonObject, code: string, says: string][] = [
    ['empty', '', 'unreadable', 'It is not YAML'],
    ['a list', '[]', 'invalid-input', 'It is not an object'],
    ['a text', '"openapi"', 'invalid-input', 'It is not an object'],
    ['cut off, as JSON', '{"openapi": "3.0.0", "paths": {', 'unreadable', 'It is not JSON. Line 1'],
    ['cut off, as YAML', 'openapi: 3.0.0\npaths: {', 'unreadable', 'It is not YAML. Line 2'],
    ['a web page', '<!DOCTYPE html><html></html>', 'unreadable', 'It is a web page'],
    ['two documents', 'openapi: 3.0.0\n---\nopenapi: 3.0.0\n', 'unreadable', 'a second document begins'],
    ['a bomb of aliases', bomb, 'unreadable', 'aliases repeat more than'],
    ['nested without an end', deep, 'unreadable', 'nested deeper than 256 levels'],
    ['an early Swagger', { swaggerVersion: '1.2', apis: [] }, 'invalid-input', 'nothing under openapi'],
    ['Swagger 2.0 without paths', { swagger: '2.0' }, 'invalid-input', 'It has no paths'],
    [
      'of a later version',
      { openapi: '4.0.0', paths: {} },
      'invalid-input',
      'versions 3.0 to 3.2 and Swagger 2.0 are read',
    ],
    ['something else', { asyncapi: '3.0.0', channels: {} }, 'invalid-input', 'nothing under openapi'],
    ['of webhooks only', { openapi: '3.1.0', webhooks: {} }, 'invalid-input', 'It has no paths'],
    ['without an operation', api({ '/a': { trace: {} }, b: { get: {} } }), 'invalid-input', 'has no operations'],
    ['without a server', { ...post({}), servers: [] }, 'usage', 'its server / is only a part of an address'],
    ['with a part of a server', { ...post({}), servers: [{ url: '/v1' }] }, 'usage', 'only a part of an address'],
    [
      'with a server of any name',
      { ...post({}), servers: [{ url: 'https://{org}.a.example' }] },
      'usage',
      'a variable without',
    ],
    [
      'with a server of a variable',
      { ...post({}), servers: [{ url: 'https://a.example/${HOME}' }] },
      'usage',
      'without',
    ],
    ['with a server of FTP', { ...post({}), servers: [{ url: 'ftp://a.example' }] }, 'usage', 'neither http nor https'],
    ['with a password', { ...post({}), servers: [{ url: 'https://u:p@a.example' }] }, 'usage', 'password'],
    [
      'of files only',
      post({ requestBody: { content: { 'multipart/form-data': { schema: {} } } } }),
      'invalid-input',
      'POST /a: its body is multipart/form-data',
    ],
  ];

  test.each(cases)('when it is %s then it is refused, and nothing is written', async (_what, document, code, says) => {
    const name = typeof document === 'string' && !document.startsWith('{') ? 'api.yaml' : 'api.json';
    const cwd = makeProject({ [name]: document });
    const error = expectError(await portiaHere([...IMPORT, name], { cwd }), { code, exit: 2 });
    expect(`${error.message} ${error.why ?? ''}`.replace('The server', 'its server')).toContain(says);
    expect(() => readFileSync(join(cwd, 'portia.json'))).toThrow('ENOENT');
  });

  test('when a file is too long, or not there, then that is said', async () => {
    const cwd = makeProject({ 'long.json': '' });
    truncateSync(join(cwd, 'long.json'), 100_000_000);
    expectError(await portiaHere([...IMPORT, 'long.json'], { cwd }), { code: 'unreadable', exit: 2 });
    expectError(await portiaHere([...IMPORT, 'none.json'], { cwd }), { code: 'not-found', exit: 2 });
  });

  test('when an address gives none then the server is named', async () => {
    const server = await startServer(({ url }, response) => {
      if (url.pathname === '/gone') sendJson(response, {}, 404);
      else if (url.pathname === '/long') response.end(Buffer.alloc(70_000_000, ' '));
      else response.writeHead(302, { location: 'http://10.0.0.1/openapi.json' }).end();
    });
    onTestFinished(() => server.close());
    const cwd = makeProject();
    for (const [path, why] of [
      ['gone', /answered with status 404/],
      ['long', /more than 67108864 bytes/],
      ['moved', /10\.0\.0\.1 is not on the public internet/],
    ] as const) {
      const refused = await portiaHere([...IMPORT, `${server.url}/${path}`], { cwd });
      expect(expectError(refused, { code: 'unavailable', exit: 3 }).why).toMatch(why);
    }
  });
});
