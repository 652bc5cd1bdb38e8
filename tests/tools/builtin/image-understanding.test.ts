import { expect, test } from 'vitest';

import { imageUnderstandingTool } from '../../../src/tools/builtin/image-understanding.js';
import { toolContext } from '../tool-context.js';

const task = 'What is in it?';

test.each([
  [{ task }, 'Give one of image_url and image_file.'],
  [{ task, image_file: 'a.png', image_url: 'https://example.org/a.png' }, 'Give one of image_url and image_file.'],
  [{ task, image_file: '../a.png' }, 'it is outside'],
  [{ task, image_file: '.hidden.png' }, 'begin with a dot'],
  [{ task, image_file: 'runs/a.png' }, 'belongs to portia itself'],
  [{ task, image_file: 'none.png' }, 'There is no file "none.png".'],
  [{ task, image_url: 'a.png' }, '"a.png" is not an address.'],
  [{ task, image_url: 'http://127.0.0.1:9/a.png' }, 'is not on the public internet'],
  [{ task, image_url: 'https://[::1]/a.png' }, 'is not on the public internet'],
  [{ task, image_url: 'file:///etc/passwd' }, 'only http and https addresses are used'],
  [{ task, image_url: 'https://me:secret@example.org/a.png' }, 'holds a user name or password'],
])('when it is given %j then no model is asked, and it says: %s', async (args, words) => {
  const result = await imageUnderstandingTool.run(toolContext({ projectRoot: '/nowhere' }), args);
  expect(result).toMatchObject({ kind: 'failure', message: expect.stringContaining(words), notDone: true });
  expect(JSON.stringify(result)).not.toContain('secret');
});
