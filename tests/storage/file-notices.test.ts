import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { noticeFor } from '../../src/storage/conformance/notice-examples.js';
import { newFolder, storeIn } from './examples.js';

test('when the file of a notice is damaged then it is said, and the others are there', async () => {
  const root = newFolder();
  const { notices } = storeIn(root);
  const [first, second, third] = [noticeFor('first'), noticeFor('second'), noticeFor('third')];
  await notices.add([first, second, third]);
  const path = ({ run_id: run, id }: typeof first) => join(root, 'runs', 'notices', `${run}.${id}.json`);
  writeFileSync(path(first), '{"id":');
  writeFileSync(path(second), JSON.stringify({ ...second, kind: 'whisper' }));
  const listed = await notices.unsent();
  expect(listed).toHaveLength(3);
  expect(listed).toContainEqual({ id: first.id, unreadable: expect.stringContaining(first.id) });
  expect(listed).toContainEqual({
    id: second.id,
    unreadable: '/kind: expected one of question, reminder, escalation, failure, end',
  });
  expect(listed).toContainEqual(third);
});

test('when a process is killed between the two files of a settled notice then it is settled', async () => {
  const root = newFolder();
  const { notices } = storeIn(root);
  const notice = noticeFor('one');
  await notices.add([notice]);
  const name = `${notice.run_id}.${notice.id}.json`;
  writeFileSync(join(root, 'runs', 'notices', 'settled', name), JSON.stringify({ ...notice, state: 'sent' }));
  expect(await notices.unsent()).toEqual([]);
  expect(await notices.replace([{ ...notice, revision: 2 }])).toBe(false);
  expect(readdirSync(join(root, 'runs', 'notices'))).toContain(name);
});
