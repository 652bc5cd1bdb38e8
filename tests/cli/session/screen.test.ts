import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { writeToScreen } from '../../../src/cli/session/screen.js';
import type { GlobalOptions } from '../../../src/cli/session/options.js';
import { thisProcess } from '../../../src/app/this-process.js';
import { memoryStreams } from '../../support/memory-streams.js';
import { makeProject } from '../../support/portia.js';

const LONG = 'line\n'.repeat(24);

interface Screen {
  text?: string;
  options?: Pick<Partial<GlobalOptions>, 'pager' | 'prompt'>;
  environment?: Record<string, string>;
  isTerminal?: boolean;
}

/** What is written to the screen, and what a pager got that keeps it in a file. */
async function show({ text = LONG, options = {}, environment = {}, isTerminal = true }: Screen) {
  const seen = join(makeProject({ seen: '' }), 'seen');
  const { PATH = '' } = process.env;
  const shell = { PATH, SEEN: seen, PAGER: 'cat > "$SEEN"', ...environment };
  const { streams, stdout } = memoryStreams({ terminals: isTerminal ? ['stdout'] : [], environment: shell });
  const io = {
    ...thisProcess(),
    streams,
    environment: shell,
    cwd: '/',
    platform: process.platform,
    nodeVersion: process.versions.node,
    version: '0.0.0',
    onStop: () => () => undefined,
    holdInterrupts: () => () => undefined,
  };
  await writeToScreen({ io, options: { pager: undefined, prompt: undefined, ...options } }, text);
  return { written: stdout(), paged: readFileSync(seen, 'utf8') };
}

describe('a result on a terminal of 24 lines', () => {
  test('when it leaves no line for what is typed next then the pager has it', async () => {
    expect(await show({})).toEqual({ written: '', paged: LONG });
    expect(await show({ text: 'x'.repeat(80 * 23 + 1) })).toMatchObject({ written: '' });
  });

  test('when it fits then no pager has it, also when its colours make it long', async () => {
    for (const text of ['line\n'.repeat(23), `\u001b[31m${'x'.repeat(80)}\u001b[39m\n`.repeat(23)]) {
      expect(await show({ text })).toEqual({ written: text, paged: '' });
    }
  });

  test("when PORTIA_PAGER is set then PAGER is not asked, and git's settings hold unless others are set", async () => {
    const command = 'cat > /dev/null; echo "$LESS $LV" > "$SEEN"';
    const environment = { PORTIA_PAGER: command, PAGER: 'exit 0' };
    expect(await show({ environment })).toMatchObject({ paged: 'FRX -c\n' });
    expect(await show({ environment: { ...environment, LESS: 'S' } })).toMatchObject({ paged: 'S -c\n' });
  });

  test.each<[string, Screen]>([
    ['it is no terminal', { isTerminal: false }],
    ['--no-pager is given', { options: { pager: false } }],
    ['--no-prompt is given', { options: { prompt: false } }],
    ['PAGER is cat', { environment: { PAGER: 'cat' } }],
    ['PAGER is empty', { environment: { PAGER: '' } }],
    ['PORTIA_PAGER is empty', { environment: { PORTIA_PAGER: '' } }],
    ['the pager is not there', { environment: { PAGER: '/nowhere/pager 2>/dev/null' } }],
    ['TERM is dumb', { environment: { TERM: 'dumb' } }],
    ['CI is set', { environment: { CI: 'true' } }],
    ['PORTIA_NO_PROMPT is set', { environment: { PORTIA_NO_PROMPT: '1' } }],
  ])('when %s then it is written as it is', async (_case, screen) => {
    expect(await show(screen)).toEqual({ written: LONG, paged: '' });
  });
});
