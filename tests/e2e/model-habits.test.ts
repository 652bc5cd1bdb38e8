import { describe, expect, it } from 'vitest';

import { makeProject, portia } from '../support/portia.js';
import { playModel, printedError } from '../support/scenario.js';

const THOUGHTS = 'They want {"city":"Lyon"}, maybe.';
const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

function cityProject(...steps: object[]): string {
  return makeProject({ 'city.json': { plan_context: { query: 'Which city?' }, steps } });
}

describe('what a model thinks', () => {
  it('when thoughts stand before the answers then the values hold only the answers', async () => {
    const cwd = cityProject(
      { kind: 'llm', task: 'Name a city.', output: '$text' },
      { kind: 'llm', task: 'Give the city.', output_schema: CITY, output: '$city' },
    );
    const model = await playModel([
      { match: /Name a city/, reply: { text: `<think>\n${THOUGHTS}\n</think>\n\nParis` } },
      { match: /Give the city/, reply: { text: `${THOUGHTS}\n</think>\n\n{"city":"Paris"}` } },
    ]);
    const args = ['run-plan', 'city.json', '--format', 'json'];
    const { code, stdout } = await portia(args, { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outputs: { step_outputs: { $text: { value: 'Paris' }, $city: { value: { city: 'Paris' } } } },
    });
  });

  it('when a reply holds thoughts and no answer then the step fails and says so', async () => {
    const cwd = cityProject({ kind: 'llm', task: 'Name a city.', output: '$text' });
    const model = await playModel([{ reply: { text: `<think>${THOUGHTS}</think>` } }]);
    const { code, stderr } = await portia(['run-plan', 'city.json'], { cwd, env: model.environment });
    expect(code).toBe(1);
    expect(printedError(stderr)).toMatchObject({
      code: 'model-reply-unusable',
      why: 'It is empty but for thoughts.',
    });
  });
});
