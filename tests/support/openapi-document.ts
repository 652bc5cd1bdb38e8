import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { Json, JsonObject } from '../../src/domain/values/json.js';
import type { ImportReport } from '../../src/ui/import-view.js';
import { portiaHere } from './portia-here.js';
import { makeProject } from './portia.js';

export const IMPORT = ['tools', 'import', 'openapi'];
const SERVER = { servers: [{ url: 'https://a.example/v1' }] };

/** A document with these paths. */
export const api = (paths: Json, more: JsonObject = {}): JsonObject => ({
  openapi: '3.0.3',
  info: { title: 'Odd', version: '1' },
  ...SERVER,
  paths,
  ...more,
});

/** A document with one operation that acts. */
export const post = (operation: JsonObject, more: JsonObject = {}, path = '/a') =>
  api({ [path]: { post: { operationId: 'act', ...operation } } }, more);

export const jsonBody = (schema: Json, required = true) => ({
  requestBody: { required, content: { 'application/json': { schema } } },
});
export const query = (name: string, schema: Json = { type: 'string' }, rest: JsonObject = {}) => ({
  parameters: [{ name, in: 'query', schema, ...rest }],
});
export const schemas = (all: JsonObject) => ({ components: { schemas: all } });
export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export type Settings = Record<string, Json>;

/** What was written for a document, and what was said. */
export async function imported(
  document: string | JsonObject,
): Promise<{ http: Record<string, Settings>; report: ImportReport }> {
  const name = typeof document === 'string' ? 'api.yaml' : 'api.json';
  const cwd = makeProject({ [name]: document });
  const made = await portiaHere([...IMPORT, name], { cwd });
  expect(made).toMatchObject({ code: 0, stderr: '' });
  // Every command reads what was written.
  expect((await portiaHere(['tools', 'list', '--json'], { cwd })).code).toBe(0);
  const { http } = JSON.parse(readFileSync(join(cwd, 'portia.json'), 'utf8')) as { http: Record<string, Settings> };
  return { http, report: JSON.parse(made.stdout) as ImportReport };
}
