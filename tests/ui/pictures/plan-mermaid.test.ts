import { expect, test } from 'vitest';

import { planMermaid } from '../../../src/ui/pictures/plan-mermaid.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../../domain/plan-examples.js';

const LABEL = String.raw`"(?:[^"\n#]|#\d+;)*"`;
const BOX = 's[a-z0-9_]+';
/** All forms of line that a chart may have. */
const LINE = new RegExp(
  `^  (?:${BOX}(?:\\[${LABEL}\\]|\\[\\[${LABEL}\\]\\]|\\[/${LABEL}/\\]|\\{${LABEL}\\}|\\(\\[${LABEL}\\]\\))` +
    `|${BOX} -->(?:\\|${LABEL}\\|)? ${BOX}|subgraph ${BOX} \\[" "\\]|end)$`,
);

/** Reads the chart back: each line in one of its forms, each arrow between boxes that are there. */
function readChart(text: string): { boxes: string[]; arrows: string[] } {
  const [head, ...lines] = text.trimEnd().split('\n');
  expect(head).toBe('flowchart TD');
  for (const line of lines) expect(line).toMatch(LINE);
  const boxes = lines.flatMap((line) => /^ {2}(s\w+)[[{(]/.exec(line)?.[1] ?? []);
  const arrows = lines.flatMap((line) => {
    const [, from, to] = /^ {2}(s\w+) -->.*?(s\w+)$/.exec(line) ?? [];
    return from === undefined ? [] : [`${from} ${to}`];
  });
  expect(arrows.flatMap((each) => each.split(' ')).filter((box) => !boxes.includes(box))).toEqual([]);
  return { boxes, arrows };
}

test('when a plan has every kind of step then each has a box, and a way leads to it', () => {
  const { boxes, arrows } = readChart(planMermaid(planWith(Object.values(STEPS_OF_EVERY_KIND))));
  expect(new Set(boxes).size).toBe(boxes.length);
  const reached = new Set(arrows.map((each) => each.split(' ')[1]));
  // Nothing is reached behind the exit.
  expect(boxes.filter((box) => !reached.has(box))).toEqual(['s0', 's10']);
});

test('when a step chooses then each branch has its condition, and the ways meet again', () => {
  const choice = {
    kind: 'if',
    branches: [{ when: '$list > 1', steps: [compute('1', '$size')] }],
    else: [compute('0', '$size')],
  };
  const text = planMermaid(planWith([choice, compute('2', '$end')] as never));
  expect(text).toContain('s0 -->|"#36;list #62; 1"| s0_branches_0_steps_0');
  expect(readChart(text).arrows).toEqual([
    's0 s0_branches_0_steps_0',
    's0 s0_else_0',
    's0_branches_0_steps_0 s1',
    's0_else_0 s1',
  ]);
});

test('when a step has a handler or rounds then the ways lead there and back', () => {
  const loop = { kind: 'for_each', over: '$list', as: 'item', steps: [compute('$item', '$same')], output: '$all' };
  const caught = { ...compute('1 / 0', '$bad'), on_error: [compute('0', '$bad')] };
  expect(readChart(planMermaid(planWith([loop, caught, compute('2', '$end')] as never))).arrows).toEqual([
    's0 s0_steps_0',
    's0_steps_0 s0',
    's0 s1',
    's1 s1_on_error_0',
    's1 s2',
    's1_on_error_0 s2',
  ]);
});

test('when texts are hostile then they stay labels', () => {
  const hostile = '"]\nclick s0 "javascript:alert(1)"\n%%{init: {}}%% <script>`x`</script> | --> end # \u202e';
  const steps = [
    { kind: 'user_verify', message: hostile },
    { kind: 'if', branches: [{ when: `$x = '"|]<b>'`, steps: [{ kind: 'exit', message: hostile }] }] },
  ];
  const text = planMermaid(planWith(steps));
  expect(readChart(text).boxes).toEqual(['s0', 's1', 's1_branches_0_steps_0']);
  expect(text).not.toMatch(/[<`%]|javascript:/);
});
