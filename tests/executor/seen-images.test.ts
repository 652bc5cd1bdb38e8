import { expect, test } from 'vitest';

import { imagesSeen, withImages } from '../../src/executor/seen-images.js';
import type { ImageLoader } from '../../src/executor/services.js';
import type { Model, ModelRequest } from '../../src/models/model.js';
import { scriptedModel } from './scripted-model.js';

const signal = new AbortController().signal;

function loaderOf(dataUrl = 'data:image/png;base64,AA=='): ImageLoader & { loaded: string[] } {
  const loaded: string[] = [];
  return {
    loaded,
    isThere: async (file) => !file.startsWith('no'),
    load: async ({ at }) => {
      loaded.push(at);
      return dataUrl;
    },
  };
}

const image = { type: 'image', mime_type: 'image/png', data: 'AA==' };

test.each([
  ['a file', 'a.PNG', ['a.PNG'], []],
  ['no file', 'no.png', [], []],
  ['an address', 'https://a.test/b.jpg?c=1', [], ['https://a.test/b.jpg?c=1']],
  ['an address that is not encrypted', 'http://a.test/b.jpg', [], []],
  ['an address of a page', 'https://a.test/b', [], []],
  ['a sentence about a file', 'Look at a.png\nnow', [], []],
  ['a list of names', ['a.png', 'b.png'], [], []],
  ['an image of a server', image, ['data:image/png;base64,AA=='], ['data:image/png;base64,AA==']],
  ['a list with one', ['text', image], ['data:image/png;base64,AA=='], ['data:image/png;base64,AA==']],
  ['an object with a name', { file: 'a.png' }, [], []],
])('when a value is %s then what is seen depends on whose data it is', async (_what, value, ofUser, ofOthers) => {
  const loader = loaderOf();
  expect(await imagesSeen(value, { loader, isPrivate: true })).toEqual(ofUser);
  expect(await imagesSeen(value, { loader, isPrivate: false })).toEqual(ofOthers);
});

const request = (...images: string[]): ModelRequest => ({ messages: [{ role: 'user', text: 'Look.', images }] });
const model: Model = scriptedModel([]);

test('when an image is shown twice then it is loaded once', async () => {
  const loader = loaderOf();
  const { messages } = await withImages(request('a.png', 'b.png', 'a.png'), { loader, model, signal });
  expect(messages).toMatchObject([{ images: Array.from({ length: 3 }, () => 'data:image/png;base64,AA==') }]);
  expect(loader.loaded).toEqual(['a.png', 'b.png']);
});

test('when a model takes none then none is loaded', async () => {
  const loader = loaderOf();
  const blind = { ...model, takesImages: false };
  expect((await withImages(request('a.png'), { loader, model: blind, signal })).messages).toMatchObject([
    { images: [] },
  ]);
  expect(loader.loaded).toEqual([]);
});

test('when there are too many, or they are too large together, then the request is refused', async () => {
  const many = Array.from({ length: 21 }, (_, index) => `${index}.png`);
  await expect(withImages(request(...many), { loader: loaderOf(), model, signal })).rejects.toMatchObject({
    code: 'invalid-input',
    details: { why: 'It has 21 images, and one request may show 20 images.' },
  });
  const large = loaderOf(`data:image/png;base64,${'A'.repeat(15_000_000)}`);
  const three = request('a.png', 'b.png', 'c.png');
  await expect(withImages(three, { loader: large, model, signal })).rejects.toMatchObject({
    details: { why: expect.stringContaining('30 MB') },
  });
});
