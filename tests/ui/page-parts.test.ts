import { expect, test } from 'vitest';

import { icon } from '../../src/ui/pages/icons.js';
import { exact, markup } from '../../src/ui/pages/markup.js';
import { button, command, fieldError, linkButton, moment, note } from '../../src/ui/pages/parts.js';
import { pill, state, stateIcon, stateWord } from '../../src/ui/pages/state.js';
import { briefView, foldedView, numberView, valueView } from '../../src/ui/pages/value-view.js';

const HOSTILE = `<script>alert("1")</script>&'`;
const ESCAPED = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;';

test('when a text stands anywhere in a template then it is escaped', () => {
  expect(markup`<p title="${HOSTILE}">${HOSTILE}</p>${[HOSTILE, 1, false, undefined, null]}`.html).toBe(
    `<p title="${ESCAPED}">${ESCAPED}</p>${ESCAPED}1`,
  );
  expect(markup`value="${HOSTILE}"`.html).toBe(`value="${ESCAPED}"`);
  expect(() => markup`<p ${HOSTILE}>`).toThrow('outside of the quotes');
});

test('when a text hides something then it is shown between tags, and kept in a field', () => {
  const text = 'a\u202eb\u200bc\u001b[1m';
  expect(markup`<p>${text}</p>`.html.replaceAll(/<\/?span[^>]*>/g, '|')).toBe(
    '<p>a|\\u{202e}|b|\\u{200b}|c|\\u{1b}|[1m</p>',
  );
  expect(markup`<input value="${text}"><textarea>${exact(text)}</textarea>`.html).toBe(
    `<input value="${text}"><textarea>${text}</textarea>`,
  );
});

test('when a value is shown then it has the form that suits it', () => {
  expect(valueView('two\nlines').html).toBe('<div class="text">two\nlines</div>');
  expect(numberView(1612.4).html).toContain('title="1612.4">1,612.4<');
  expect(valueView({ a: [1] }).html).toContain('<pre class="text">{\n  &quot;a&quot;: [');
  expect(briefView(['a', 'b', 'c', 'd']).html).toBe('4 items: a, b, c');
  expect(briefView({ id: 'O-7', total: 12 }).html).toBe('id O-7, total 12');
  const rows = Array.from({ length: 30 }, (_none, index) => ({ name: `n${index}`, seats: index }));
  const table = valueView(rows).html;
  expect(table).toContain('<th scope="col" class="r">seats</th>');
  expect(table).toContain('<summary>all 30</summary>');
  expect(foldedView('1\n2\n3').html).toContain('all 3 lines');
});

test('when parts are shown then each says in words what it is', () => {
  expect(state('declined', 'Declined by Ada').html).toContain('Declined by Ada');
  expect(pill('running').html).toContain('class="i spin"');
  expect(stateIcon('waiting').html).toContain(`<span class="sr">${stateWord('waiting')}: </span>`);
  expect(button('Yes', { name: 'answer', value: 'yes', solid: true, unchecked: true }).html).toBe(
    '<button class="btn go" name="answer" value="yes" formnovalidate>Yes</button>',
  );
  expect(linkButton('/runs', 'Runs').html).toBe('<a class="btn" href="/runs">Runs</a>');
  expect(note('out', 'Look there.').html).toContain('<use href="#i-out"/>');
  expect(fieldError('e', '-3 is less than 0.').html).toContain('id="e"');
  expect(command('portia list').html).toBe('<code class="command">portia list</code>');
  expect(icon('bolt').html).toContain('aria-hidden="true"');
  expect(moment('2026-12-01T10:00:00.000Z', new Date('2026-12-01T10:05:00.000Z')).html).toContain('>5 min ago<');
});
