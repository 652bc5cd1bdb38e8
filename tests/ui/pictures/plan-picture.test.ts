import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { planPicture, type PlanPicture, type Rect } from '../../../src/ui/pictures/plan-picture.js';
import { pictureView } from '../../../src/ui/pages/plan-picture.js';
import { planOf } from '../../support/view-examples.js';

const WIDE = { width: 780, laneRoom: 76, asks: new Set<string>(), acts: new Set<string>(), isReading: () => true };
const NARROW = { ...WIDE, width: 302, laneRoom: 0 };

const compute = (name: string, expression = '1') => ({ kind: 'compute', name, expression, output: `$${name}` });

const right = ({ x, width }: Rect) => x + width;
const bottom = ({ y, height }: Rect) => y + height;
const isIn = (inner: Rect, outer: Rect) =>
  inner.x >= outer.x && inner.y >= outer.y && right(inner) <= right(outer) + 1e-9 && bottom(inner) <= bottom(outer);
const overlap = (one: Rect, other: Rect) =>
  one.x < right(other) - 1e-9 && other.x < right(one) - 1e-9 && one.y < bottom(other) && other.y < bottom(one);
/** Each with each behind it. */
const pairsOf = <Item>(all: readonly Item[]) =>
  all.flatMap((one, index) => all.slice(index + 1).map((other): [Item, Item] => [one, other]));

const boxOf = ({ boxes }: PlanPicture, number: string) => boxes.find((box) => box.number === number);

describe('planPicture', () => {
  const plan = planOf([
    compute('eu'),
    compute('us'),
    compute('orders', '$append($eu, $us)'),
    { kind: 'for_each', over: '$orders', as: 'order', steps: [compute('text', '$order'), compute('mail', '$text')] },
    { kind: 'if', branches: [{ when: '$orders > 1', steps: [compute('many')] }], else: [compute('few')] },
  ]);

  test('when steps may overlap then they stand behind one bracket, and what follows is linked', () => {
    const picture = planPicture(plan.steps, WIDE);
    expect(picture.brackets).toEqual([{ x: 2, from: 1, to: 109 }]);
    expect([boxOf(picture, '1'), boxOf(picture, '2'), boxOf(picture, '3')]).toMatchObject([
      { x: 14, y: 0, width: 690, height: 52 },
      { x: 14, y: 58 },
      { x: 0, y: 124, width: 704 },
    ]);
    expect(picture.links[0]).toEqual({ x: 19, from: 110, to: 124 });
    expect(picture.loops).toHaveLength(1);
  });

  test('when a choice has room then its branches stand side by side, else below each other', () => {
    const [wide, narrow] = [planPicture(plan.steps, WIDE), planPicture(plan.steps, NARROW)];
    expect(boxOf(wide, '5.1.1')?.y).toBe(boxOf(wide, '5.else.1')?.y);
    expect(boxOf(narrow, '5.1.1')?.x).toBe(boxOf(narrow, '5.else.1')?.x);
    expect(wide.whens.map(({ text }) => text)).toEqual(['when $orders > 1', 'else']);
  });

  test('when a value is taken by later steps then it has one lane, from where it is made to its last use', () => {
    const { lanes } = planPicture(plan.steps, WIDE);
    expect(lanes.map(({ name, from, to }) => [name, from.length, to.length])).toEqual([
      ['eu', 1, 1],
      ['us', 1, 1],
      ['orders', 1, 1],
      ['text', 1, 1],
    ]);
    for (const { x } of lanes) expect(x).toBeLessThan(780);
    expect(planPicture(plan.steps, NARROW).lanes).toEqual([]);
  });

  test('when a plan is large then blocks below two levels are closed, and a long list is cut', () => {
    const deep = { kind: 'for_each', over: '$x', as: 'x', steps: Array.from({ length: 160 }, () => compute('a')) };
    const nested = (inside: object) => ({ kind: 'while', when: 'true', max_iterations: 2, steps: [inside] });
    const picture = planPicture(planOf([nested(nested(deep))]).steps, WIDE);
    expect(picture.boxes.map(({ sub, isHead }) => [isHead, sub]).at(-1)).toEqual([false, '160 steps']);
    const flat = planPicture(planOf(Array.from({ length: 10_000 }, () => compute('a'))).steps, WIDE);
    expect(flat.boxes).toHaveLength(151);
    expect(flat.boxes.at(-1)?.title).toBe('9,850 more steps');
  });

  test('when texts are hostile then they are text in the drawing', () => {
    const hostile = '</text><script>alert(1)</script>"onload="x';
    const { html } = pictureView(planPicture(planOf([{ ...compute('a', '1'), name: hostile }]).steps, WIDE), {
      id: 'pic',
      kind: 'wide',
    });
    expect(html).not.toMatch(/<script|"onload/);
  });
});

describe('all pictures', () => {
  const leaf = fc.constantFrom(
    compute('a'),
    compute('b', '$a'),
    { kind: 'user_input', message: 'Which?', output: '$c' },
    { kind: 'tool', tool_id: 'search', args: { q: '{{ $a }}' }, output: '$d', on_error: [compute('e')] },
    { kind: 'exit', message: 'Over' },
  );
  const { steps } = fc.letrec<{ steps: object[]; step: object }>((tie) => ({
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
    step: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.record({ kind: fc.constant('for_each'), over: fc.constant('$a'), as: fc.constant('i'), steps: tie('steps') }),
      fc
        .tuple(fc.array(tie('steps'), { minLength: 1, maxLength: 3 }), fc.option(tie('steps'), { nil: undefined }))
        .map(([branches, other]) => ({
          kind: 'if',
          branches: branches.map((inside) => ({ when: '$a > 1', steps: inside })),
          ...(other && { else: other }),
        })),
    ),
  }));

  test('when a plan has any blocks then no two boxes overlap, and each is in the block around it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const plan = planOf(all);
        for (const options of [WIDE, NARROW]) {
          const picture = planPicture(plan.steps, options);
          const frame = { x: 0, y: 0, width: options.width - options.laneRoom, height: picture.height };
          expect(picture.boxes.filter((box) => !isIn(box, frame) || box.width <= 0)).toEqual([]);
          expect(pairsOf(picture.boxes).filter(([one, other]) => overlap(one, other))).toEqual([]);
          for (const ground of picture.grounds) {
            const isOf = ({ path }: { path: string }) => path.startsWith(`${ground.path}.`) || path === ground.path;
            expect(picture.boxes.filter((box) => isIn(box, ground))).toEqual(picture.boxes.filter(isOf));
          }
          const crossing = pairsOf(picture.grounds).filter(
            ([one, other]) => overlap(one, other) && !isIn(one, other) && !isIn(other, one),
          );
          expect(crossing).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
