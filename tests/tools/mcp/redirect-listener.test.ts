import { request } from 'node:http';

import { describe, expect, onTestFinished, test } from 'vitest';

import { awaitRedirect, freeRedirectUrl } from '../../../src/tools/mcp/sign-in/redirect-listener.js';

/** A listener that waits for the state `mine`, and what it was brought. */
async function listening(finish: (params: URLSearchParams) => Promise<void> = async () => undefined) {
  const redirectUrl = await freeRedirectUrl(undefined);
  const stopping = new AbortController();
  let over: Promise<void> = Promise.resolve();
  const begun = new Promise<void>((resolve) => {
    over = awaitRedirect({
      redirectUrl,
      signal: stopping.signal,
      onListening: resolve,
      isExpected: (params) => params.get('state') === 'mine',
      finish,
    });
  });
  over.catch(() => undefined);
  await begun;
  onTestFinished(() => stopping.abort());
  return { redirectUrl, stopping, over };
}

async function statusOf(url: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<number | undefined>((resolve, reject) => {
    const asked = request(url, options, (answer) => resolve(answer.resume().statusCode));
    asked.on('error', reject);
    asked.end();
  });
}

describe('whoever waits for a browser to come back', () => {
  test('when others knock then they get nothing, and the browser is still waited for', async () => {
    const brought: string[] = [];
    const { redirectUrl, over } = await listening(async (params) => void brought.push(params.toString()));
    expect(new URL(redirectUrl).hostname).toBe('127.0.0.1');
    const mine = `${redirectUrl}?code=1&state=mine`;
    expect(await statusOf(new URL('/favicon.ico', redirectUrl).href)).toBe(404);
    expect(await statusOf(mine, { method: 'POST' })).toBe(404);
    expect(await statusOf(mine, { headers: { host: 'evil.example' } })).toBe(404);
    expect(await statusOf(`${redirectUrl}?code=1&state=other`)).toBe(400);
    expect(brought).toEqual([]);
    expect(await statusOf(mine)).toBe(200);
    await over;
    expect(brought).toEqual(['code=1&state=mine']);
  });

  test('when what the browser brings is refused then both hear it, and the page says nothing of it', async () => {
    const { redirectUrl, over } = await listening(async () => Promise.reject(new Error('canary')));
    const response = await fetch(`${redirectUrl}?state=mine&error=<script>`);
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(await response.text()).toBe('The sign-in failed. Portia says why.\n');
    await expect(over).rejects.toThrow('canary');
  });

  test('when somebody stops it then nobody listens any more', async () => {
    const { redirectUrl, stopping, over } = await listening();
    stopping.abort(new Error('enough'));
    await expect(over).rejects.toThrow('enough');
    await expect(statusOf(redirectUrl)).rejects.toThrow('ECONNREFUSED');
  });

  test('when another one waits there then that is told, and the next sign-in comes back elsewhere', async () => {
    const { redirectUrl } = await listening();
    const second = awaitRedirect({
      redirectUrl,
      signal: new AbortController().signal,
      isExpected: () => true,
      finish: async () => undefined,
    });
    await expect(second).rejects.toMatchObject({
      kind: 'busy',
      message: expect.stringContaining('waited for already'),
    });
    expect(await freeRedirectUrl(redirectUrl)).not.toBe(redirectUrl);
  });
});
