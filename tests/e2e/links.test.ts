import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { openPortia } from '../support/scenario.js';
import { ON_FILES } from '../support/tested-store.js';

test.runIf(ON_FILES)(
  'when the terminal shows links then the files of a run are links, and nothing looks different',
  async () => {
    const cwd = makeProject();
    const VTE = { VTE_VERSION: '6800', NO_COLOR: '1' };
    const run = openPortia(['run', 'add 1 + 2', '--yes'], { cwd, env: VTE });
    expect(await run.exit()).toMatchObject({ code: 0 });
    expect(run.screen()).toMatch(/^saved runs\/prun-\S+\.json$/m);

    const shown = openPortia(['show', 'last'], { cwd, env: VTE });
    expect(await shown.exit()).toMatchObject({ code: 0 });
    expect(shown.screen()).toMatch(/^Run prun-\S+\nof {2}plan-\S+\n/);
    const addresses = [run, shown].flatMap((each) => each.raw().match(/file:\/\/[^\u001b]+/g) ?? []);
    expect(addresses).toHaveLength(3);
    expect(addresses.filter((address) => !existsSync(fileURLToPath(address)))).toEqual([]);

    const piped = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env: VTE });
    expect(piped.stdout).not.toContain('\u001b');
  },
);
