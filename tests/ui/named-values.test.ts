import { describe, expect, test } from 'vitest';

import type { Json } from '../../src/domain/values/json.js';
import { NamedValues } from '../../src/ui/named-values.js';
import { look, runOf, stepRecord } from '../support/view-examples.js';

const output = (value: Json) => ({ value, summary: null });
const values = NamedValues.ofRun(
  runOf({
    plan_run_inputs: { $city: output('Oslo\u001b') },
    steps: [
      stepRecord({ path: '0', output_name: '$list', output: output([{ id: 'A' }, { id: 'B' }]) }),
      stepRecord({
        path: '1[0].steps.0',
        items: { ticket: { id: 'T-1' } },
        output_name: 'note',
        output: output('first'),
      }),
      stepRecord({ path: '1[1].steps.0', items: { ticket: { id: 'T-2' } } }),
      stepRecord({
        path: '1[1].steps.1[0].steps.0',
        items: { part: 'wheel' },
        output_name: 'note',
        output: output('inner'),
      }),
      stepRecord({
        path: '2',
        output_name: '$large',
        output: { output_name: '$large', plan_run_id: 'prun-1', summary: '', digest: 'd', bytes: 12_345 },
      }),
    ],
  }),
);

describe('texts with the values of a run', () => {
  test.each([
    ['{{ $city }}!', '0', 'Oslo\\u{1b}!'],
    ['{{$list[1].id}} of {{ $list }}', '3', 'B of [{"id":"A"},{"id":"B"}]'],
    ['{{ $ticket.id }}', '1[1].steps.1[0].steps.0', 'T-2'],
    ['{{ $note }}', '1[0].steps.3', 'first'],
    ['{{ $note }}', '1[1].steps.1[0].steps.1', 'inner'],
    ['{{ $note }}', '1[1].steps.3', '{{ $note }}'],
    ['{{ $ticket.id }}', '3', '{{ $ticket.id }}'],
    ['{{ $large }}', '3', '(12.3 kB)'],
    ['{{ $count($list) }}', '3', '{{ $count($list) }}'],
    ['{{ $list[9].id }} {{ $city.length }}', '3', '{{ $list[9].id }} {{ $city.length }}'],
    ['{{{{ $city }}', '3', '{{{{ $city }}'],
  ])('when %s stands at %s then people read %s', (text, path, filled) => {
    expect(values.fill(text, path, look)).toBe(filled);
  });

  test.each([
    ['n: "{{ $count }}"', 'n: 21'],
    ['s: "{{ $city }}", t: "to {{ $city }}"', 's: "Oslo", t: "to Oslo"'],
    [String.raw`s: "so \"{{ $count }}\""`, String.raw`s: "so \"21\""`],
    ['n: "{{ $count }}{{ $count }}"', 'n: "2121"'],
    ['n: "{{ $unknown }}"', 'n: "{{ $unknown }}"'],
  ])('when arguments are %s then people read values with their types', (json, filled) => {
    const plain = new NamedValues();
    plain.addInputs({ count: output(21), city: output('Oslo') });
    expect(plain.fillJson(json, '0', look)).toBe(filled);
  });

  test('when a value is long then only its beginning is filled in', () => {
    const long = new NamedValues();
    long.addInputs({ x: output('y'.repeat(500)) });
    expect(long.fill('{{ $x }}', '0', look)).toMatch(/^"y{50,58}…$/);
  });

  test.each([
    ['1[0].steps.4', '$ticket = {"id":"T-1"}'],
    ['1[1].steps.1[0].steps.7', '$ticket = {"id":"T-2"}, $part = "wheel"'],
    ['1', ''],
  ])('when a step is at %s then the loops around it are at %s', (path, text) => {
    expect(values.loopText(path, look)).toBe(text);
  });
});
