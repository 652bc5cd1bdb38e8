import { describe, expect, test, vi } from 'vitest';

import type { KeptServer } from '../../../src/tools/mcp/known-server.js';
import { callTool, fakeServer, toolOf } from './servers-at-work.js';

describe('the tools of a server', () => {
  test('when they are listed in pages then all are there, with what they say of themselves', async () => {
    const { server } = fakeServer(['pages']);
    const tools = await server.tools();
    expect([...tools.keys()]).toEqual(['echo', 'add', 'pay', 'put', 'parts', 'environment', 'slow', 'fail']);
    const add = await toolOf({ server }, 'add', 'read');
    expect(add).toMatchObject({
      id: 'mcp:fake:add',
      name: 'add',
      description: 'Adds.',
      effect: 'read',
      source: 'mcp',
      sends: true,
      origin: { file: '.mcp.json' },
    });
    expect(add.inputSchema()).toMatchObject({ required: ['a', 'b'] });
    expect(add.outputSchema?.()).toMatchObject({ required: ['sum'] });
  });

  test('when names are strange then those that can be a part of an id are tools, each once', async () => {
    const { server } = fakeServer(['strange-names', 'duplicate-names', 'no-tools-but-texts']);
    const tools = await server.tools();
    const names = ['echo', 'add', 'pay', 'put', 'parts', 'environment', 'slow', 'fail'];
    expect([...tools.keys()]).toEqual([...names, '__proto__', 'constructor']);
    expect(tools.get('echo')?.description).toBe('Says it again.');
    for (const name of ['__proto__', 'constructor']) {
      const { result } = await callTool(await toolOf({ server }, name), { text: 'hello' });
      expect(result).toEqual({ kind: 'output', value: 'hello' });
    }
  });

  test('when arguments do not fit the schema then they are refused before the call', async () => {
    const tool = await toolOf(fakeServer([]), 'add', 'read');
    await tool.prepare?.();
    expect(await tool.parseArguments({ a: 1, b: 'two' })).toEqual({
      ok: false,
      problems: [{ argument: 'b', message: expect.stringContaining('number'), missing: false }],
    });
  });

  test.each(['invalid-schema', 'endless-schema'])(
    'when the list has an %s then only that tool cannot be used',
    async (mode) => {
      const fake = fakeServer([mode]);
      await expect((await toolOf(fake, 'echo')).prepare?.()).rejects.toMatchObject({ code: 'invalid-settings' });
      const { result } = await callTool(await toolOf(fake, 'add', 'read'), { a: 1, b: 2 });
      expect(result).toEqual({ kind: 'output', value: { sum: 3 } });
    },
  );

  test('when a call reports progress then it is passed on', async () => {
    const { result, progress } = await callTool(await toolOf(fakeServer([]), 'slow', 'read'), { ms: 3 });
    expect(result).toEqual({ kind: 'output', value: 'slowly' });
    expect(progress).toEqual([1, 2, 3].map((done) => ({ done, total: 3, message: `part ${done}` })));
  });

  test('when a result has parts that are not text then each is a value with its bytes', async () => {
    const { result } = await callTool(await toolOf(fakeServer([]), 'parts', 'read'));
    expect(result).toEqual({
      kind: 'output',
      value: [
        'two parts',
        { type: 'image', mime_type: 'image/png', data: 'iVBORw0KGgo=' },
        { type: 'audio', mime_type: 'audio/wav', data: 'UklGRg==' },
        { type: 'resource_link', uri: 'file:///a.txt', name: 'a.txt', mime_type: 'text/plain' },
        { type: 'resource', uri: 'file:///b.txt', mime_type: 'text/plain', text: 'in b' },
        { type: 'resource', uri: 'file:///c.bin', data: 'AAE=' },
      ],
    });
  });

  test('when a tool says that it failed then that is a failure with its words', async () => {
    const { result } = await callTool(await toolOf(fakeServer([]), 'fail', 'read'));
    expect(result).toEqual({ kind: 'failure', message: 'it is raining', retryable: true });
  });

  test('when a server runs then it sees only what it is given', async () => {
    const fake = fakeServer([], { environment: { TOKEN: 'hush-hush' } });
    const { result } = await callTool(await toolOf(fake, 'environment', 'read'));
    const seen = result.kind === 'output' ? Object.keys(JSON.parse(String(result.value))) : [];
    expect(seen.sort()).toEqual(['ACTED', 'PATH', 'PORTIA_GUEST', 'STARTED', 'TOKEN']);
  });

  test('when a server writes to standard error then that is kept, without keys and signs that act', async () => {
    const fake = fakeServer(['noisy'], { environment: { TOKEN: 'hush-hush' } });
    await fake.server.tools();
    await vi.waitFor(() => expect(fake.logged()).toContain('ready, with the key [TOKEN]'));
    expect(fake.logged()).not.toContain('\u001b');
  });
});

describe('the session of a server', () => {
  test('when many calls are made, also side by side, then it is started once', async () => {
    const fake = fakeServer([]);
    const [echo, add] = [await toolOf(fake, 'echo', 'read'), await toolOf(fake, 'add', 'read')];
    await Promise.all([callTool(echo, { text: 'a' }), callTool(add, { a: 1, b: 2 }), callTool(echo, { text: 'b' })]);
    await callTool(echo, { text: 'c' });
    expect(fake.starts()).toBe(1);
  });

  test('when a list is kept then nothing is started before a call', async () => {
    const first = fakeServer([]);
    await first.server.tools();
    const fake = fakeServer([], { kept: first.kept });
    const echo = await toolOf(fake, 'echo', 'read');
    expect(fake.starts()).toBe(0);
    expect((await callTool(echo, { text: 'a' })).result).toEqual({ kind: 'output', value: 'a' });
    expect(fake.starts()).toBe(1);
  });

  test('when a server is silent about its revision then it is asked once, and again when a person tests it', async () => {
    const silent = (kept?: Map<string, KeptServer>) =>
      fakeServer(['silent-when-asked-first'], { probeTimeoutMs: 50, ...(kept !== undefined && { kept }) });
    const first = silent();
    const { kept } = first;
    await first.server.tools();
    expect(first.acted()).toEqual(['asked for server/discover']);
    const second = silent(kept);
    expect((await callTool(await toolOf(second, 'echo', 'read'), { text: 'a' })).result).toMatchObject({ value: 'a' });
    expect(second.acted()).toEqual([]);
    const tested = silent(kept);
    tested.server.askAnew();
    await tested.server.session(new AbortController().signal);
    expect(tested.acted()).toEqual(['asked for server/discover']);
    expect(tested.told).toEqual([]);
  });

  test('when a server that was silent answers nothing else any more then it is asked for its revision', async () => {
    const first = fakeServer(['silent-when-asked-first'], { probeTimeoutMs: 50 });
    await first.server.tools();
    const fake = fakeServer(['refuses-to-begin'], { kept: first.kept });
    await expect(fake.server.session(new AbortController().signal)).rejects.toMatchObject({ code: 'unavailable' });
    expect(fake.starts()).toBe(2);
  });

  test('when another tool of the list is not as it was then that is told, and the call is made', async () => {
    const first = fakeServer([]);
    await first.server.tools();
    const fake = fakeServer(['new-description'], { kept: first.kept });
    expect((await callTool(await toolOf(fake, 'add', 'read'), { a: 1, b: 2 })).result).toMatchObject({
      kind: 'output',
    });
    expect(fake.told).toEqual(['The MCP server fake has other tools than before: echo has changed.']);
    expect((await fake.server.tools()).get('echo')?.description).toBe('Says it again, and more.');
  });

  test.each([
    ['is not as it was', 'new-description', 'The tool mcp:fake:echo has changed.'],
    ['is gone', 'fewer-tools', 'The server fake no longer has the tool echo.'],
  ])('when the tool itself %s then nothing is called', async (_what, mode, message) => {
    const first = fakeServer([]);
    await first.server.tools();
    const fake = fakeServer([mode], { kept: first.kept });
    await expect(callTool(await toolOf(fake, 'echo'), { text: 'a' })).rejects.toMatchObject({ code: 'stale', message });
  });

  test('when a server says during a run that its list is another one then the next call sees that', async () => {
    const fake = fakeServer(['changes-list', 'says-changed']);
    const echo = await toolOf(fake, 'echo', 'read');
    await callTool(echo, { text: 'a' });
    await expect(callTool(echo, { text: 'a' })).rejects.toMatchObject({ code: 'stale' });
    expect(fake.starts()).toBe(1);
  });

  test('when a call is stopped and others are not then the server is told', async () => {
    const fake = fakeServer([]);
    const slow = await toolOf(fake, 'slow', 'read');
    const controller = new AbortController();
    const stopped = callTool(slow, { ms: 60_000 }, controller.signal);
    const other = callTool(slow, { ms: 300 });
    await vi.waitFor(() => expect(fake.acted()).toEqual(['slow', 'slow']), { timeout: 20_000 });
    controller.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    expect((await other).result).toEqual({ kind: 'output', value: 'slowly' });
    expect(fake.acted()).toContain('cancelled');
  });

  test('when the only call is stopped then the server ends, and the next call starts another one', async () => {
    const fake = fakeServer(['hang']);
    const echo = await toolOf(fake, 'echo', 'read');
    for (const calls of [1, 2]) {
      const controller = new AbortController();
      const session = await fake.server.session(new AbortController().signal);
      const call = callTool(echo, { text: 'a' }, controller.signal);
      // It may hear that the call before was cancelled, and write that down, before it ends.
      const called = () => fake.acted().filter((line) => line !== 'cancelled');
      await vi.waitFor(() => expect(called()).toHaveLength(calls), { timeout: 20_000 });
      controller.abort(new Error('enough'));
      await expect(call).rejects.toThrow('enough');
      await vi.waitFor(() => expect(session.isOver).toBe(true), { timeout: 20_000 });
      expect(fake.starts()).toBe(calls);
    }
  });

  test('when it ends then nothing that it started is left, whatever it ignores', async () => {
    const fake = fakeServer(['ignores-signals', 'starts-others']);
    const session = await fake.server.session(new AbortController().signal);
    const group = session.pid ?? 0;
    expect(() => process.kill(-group, 0)).not.toThrow();
    await fake.server.end();
    expect(() => process.kill(-group, 0)).toThrow();
  });
});
