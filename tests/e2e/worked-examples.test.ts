import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';

/** The repository's own plans, and the project with the tools that they need. */
function copyExamples(): string {
  const folder = makeProject();
  for (const name of ['plans', 'examples']) cpSync(name, join(folder, name), { recursive: true });
  return join(folder, 'examples');
}

describe('the worked examples', () => {
  test('when each is checked with the example tools then nothing is wrong with it', async () => {
    const cwd = copyExamples();
    const plans = readdirSync(join(cwd, '../plans')).filter((name) => name !== 'examples' && name !== 'tests');
    expect(plans.length).toBeGreaterThan(8);
    for (const plan of plans) {
      const { code, stdout } = await portiaHere(['check', `../plans/${plan}`, '--json'], {
        cwd,
        env: { TAVILY_API_KEY: 'tvly-test' },
      });
      const { problems } = JSON.parse(stdout) as { problems: { severity: string }[] };
      expect({ plan, code, problems: problems.filter(({ severity }) => severity !== 'note') }).toEqual({
        plan,
        code: 0,
        problems: [],
      });
    }
  });

  test('when the shop example runs then it asks which bread, and acts once for each product', async () => {
    const cwd = copyExamples();
    const flags = ['--approve', 'shop_*', '--format', 'value'];
    const started = await portiaHere(
      ['run-plan', '../plans/groceries.json', '-i', 'items:=["milk","bread"]', ...flags],
      { cwd },
    );
    expect(started.code).toBe(8);
    const resumed = await portiaHere(['resume', 'last', '--answer', 'choice=White bread - £1.10', ...flags], { cwd });
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout)).toEqual({ cart: ['Semi-skimmed milk 2 l', 'White bread'], missing: [] });
    expect(readFileSync(join(cwd, 'acted.log'), 'utf8').trim().split('\n')).toHaveLength(2);
  });
});
