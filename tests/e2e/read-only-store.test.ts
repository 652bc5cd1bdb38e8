import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { describe, expect, inject, onTestFinished, test } from 'vitest';

import { askServer } from '../support/ask-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { HAS_POSTGRES, ownTablesUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';

const ASK = {
  plan_context: { query: 'ask for a name', tool_ids: [] },
  steps: [{ kind: 'user_input', message: 'What is your name?', output: '$name' }],
};

/** The address of a store for a user who may only read it, as the page about it makes one. */
async function readerOf(url: string, schema: string): Promise<string> {
  const role = `reader_${randomUUID().replaceAll('-', '')}`;
  const [, statements = ''] = /```sql\n(.*?)```/s.exec(readFileSync('docs/scale.md', 'utf8')) ?? [];
  onTestFinished(async () => {
    await askServer(inject('postgres'), `drop owned by ${role}; drop role ${role}`);
  });
  const named = statements.replaceAll('reader', role).replaceAll(/\bportia\b/g, schema);
  await askServer(inject('postgres'), named);
  const reader = new URL(url);
  reader.username = role;
  reader.password = 'secret';
  return reader.href;
}

describe.runIf(HAS_POSTGRES)('a user who may only read the store', () => {
  test('when it lists, shows or verifies then it sees all, and what would change something says what it lacks', async () => {
    const { url, schema } = await ownTablesUrl();
    const cwd = makeProject({ 'ask.json': ASK });
    const begun = await portiaHere(['run-plan', 'ask.json'], { cwd, env: { PORTIA_STORE: url } });
    const { id, plan_id: planId } = JSON.parse(begun.stdout);
    const env = { PORTIA_STORE: await readerOf(url, schema) };
    // As a later version makes its tables.
    const renew = `create table ${schema}.later (like ${schema}.signers including all); drop table ${schema}.signers;
      alter table ${schema}.later rename to signers`;
    await askServer(inject('postgres'), renew);
    const reads = [
      ['list'],
      ['list', 'plans'],
      ['show', id],
      ['show', planId],
      ['verify', id],
      ['store', 'status'],
      ['queue'],
      ['queue', 'schedules'],
      ['store', 'signers'],
      ['diff', id, id],
    ];
    for (const args of reads) {
      const { code, stderr } = await portiaHere([...args, '--json'], { cwd, env });
      expect([args, code, stderr]).toEqual([args, 0, '']);
    }
    const writes = [
      ['run-plan', 'ask.json'],
      ['answer', id, 'name=Ann'],
      ['resume', id],
      ['cancel', id, '--yes'],
      ['rm', id, '--yes'],
    ];
    for (const args of [...writes, ['store', 'init']]) {
      const refused = await portiaHere(args, { cwd, env });
      const { message, fix } = expectError(refused, { code: 'storage-failed', exit: 10 });
      expect([args, message]).toEqual([args, expect.stringMatching(/does not permit this\.$/)]);
      expect(fix).toContain('Give it the right');
    }
    const shown = await portiaHere(['show', id, '--json'], { cwd, env });
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(begun.stdout));
  });
});
