import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { fetchGuarded } from '../../src/tools/guarded-fetch.js';
import { loadImage, MAX_IMAGE_BYTES } from '../../src/tools/load-image.js';
import { isPublicAddress } from '../../src/tools/public-address.js';
import { GIF, JPEG, PNG, WEBP } from '../support/images.js';
import { startServer } from './local-server.js';

const signal = new AbortController().signal;

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'portia-images-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return root;
}

async function read(name: string, content: Buffer | string) {
  const projectRoot = folder();
  writeFileSync(join(projectRoot, name), content);
  return loadImage({ kind: 'file', at: name }, { jail: { projectRoot, allowedPaths: [] }, signal });
}

test.each([
  ['a.png', PNG, 'image/png'],
  ['a.jpg', JPEG, 'image/jpeg'],
  ['a.jpg', Buffer.concat([JPEG, Buffer.from('made by a camera')]), 'image/jpeg'],
  ['a.gif', Buffer.concat([GIF, Buffer.alloc(3)]), 'image/gif'],
  ['a.webp', WEBP, 'image/webp'],
  ['a.png', WEBP, 'image/webp'],
])('when %s is an image then it is given as what its bytes are (%#)', async (name, content, type) => {
  const dataUrl = `data:${type};base64,${content.toString('base64')}`;
  expect(await read(name, content)).toEqual({ ok: true, dataUrl });
});

test.each<[string, Buffer | string, string, string]>([
  ['an empty file', '', 'is empty', 'Models see'],
  ['a text', 'hello', 'is not an image', 'Models see'],
  ['a PNG without its end', PNG.subarray(0, -8), 'is cut off', 'Copy or download it again'],
  ['the head of a PNG', PNG.subarray(0, 8), 'is cut off', 'Copy or download it again'],
  ['a JPEG without its end', JPEG.subarray(0, -2), 'is cut off', 'Copy or download it again'],
  ['a GIF without its end', GIF.subarray(0, -1), 'is cut off', 'Copy or download it again'],
  ['a WEBP without its end', WEBP.subarray(0, -4), 'is cut off', 'Copy or download it again'],
  ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"></svg>', 'is an SVG drawing', 'rsvg-convert OLD.svg -o new.png'],
  ['an SVG with a head', '\uFEFF<?xml version="1.0"?>\n<!-- by hand -->\n<svg>', 'is an SVG drawing', 'rsvg-convert'],
  ['a PDF', '%PDF-1.7', 'is a PDF file', 'pdf_reader_tool'],
  ['a TIFF', 'II*\0rest', 'is a TIFF image', 'convert'],
  ['a HEIC', Buffer.from('\0\0\0\x18ftypheic'), 'HEIC', 'convert'],
  ['a huge file', Buffer.alloc(MAX_IMAGE_BYTES + 1), 'has 10.0 MB, and an image may have 10 MB', '-resize'],
])('when a file is %s then it is refused: %s', async (_what, content, message, fix) => {
  expect(await read('a.png', content)).toMatchObject({
    ok: false,
    message: expect.stringContaining(`"a.png" ${message}`.replace('" HEIC', '" is an image or film of the HEIC')),
    fix: expect.stringContaining(fix),
  });
});

test('when a link leads out of the project then it is not followed', async () => {
  const [projectRoot, elsewhere] = [folder(), folder()];
  writeFileSync(join(elsewhere, 'secret.png'), PNG);
  symlinkSync(join(elsewhere, 'secret.png'), join(projectRoot, 'own.png'));
  const loaded = await loadImage({ kind: 'file', at: 'own.png' }, { jail: { projectRoot, allowedPaths: [] }, signal });
  expect(loaded).toMatchObject({ ok: false, message: expect.stringContaining('it leads to') });
});

const PAGES: Record<string, { status?: number; type?: string; body: Buffer | string }> = {
  '/dot': { type: 'text/plain', body: PNG },
  '/page.png': { type: 'image/png', body: '<html>no image here</html>' },
  '/gone.png': { status: 404, body: 'no' },
  '/down.png': { status: 503, body: 'later' },
  '/huge.png': { body: Buffer.alloc(MAX_IMAGE_BYTES + 1) },
};

/** In an internet in which this machine stands for public servers. */
async function fetchFrom(path: string) {
  const server = await startServer(({ url }, response) => {
    const { status = 200, type = 'image/png', body } = PAGES[url.pathname] ?? { status: 404, body: '' };
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  onTestFinished(() => server.close());
  return loadImage(
    { kind: 'address', at: `${server.url}${path}` },
    {
      jail: { projectRoot: '/nowhere', allowedPaths: [] },
      signal,
      fetch: (request) =>
        fetchGuarded(request, {
          resolve: (_name, tell) => tell(null, [{ address: '127.0.0.1', family: 4 }]),
          isPublic: (address) => address === '127.0.0.1' || isPublicAddress(address),
        }),
    },
  );
}

test('when an address has an image then it is given, whatever its type is said to be', async () => {
  expect(await fetchFrom('/dot')).toEqual({ ok: true, dataUrl: `data:image/png;base64,${PNG.toString('base64')}` });
});

test.each([
  ['/page.png', { message: expect.stringContaining('is not an image') }],
  ['/gone.png', { message: expect.stringContaining('answered with status 404'), unavailable: false }],
  ['/down.png', { message: expect.stringContaining('answered with status 503'), unavailable: true }],
  ['/huge.png', { message: expect.stringContaining('more than 10000000 bytes'), unavailable: false }],
])('when %s is no image then it is refused', async (path, refusal) => {
  expect(await fetchFrom(path)).toMatchObject({ ok: false, ...refusal });
});
