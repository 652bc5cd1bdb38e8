import type { ReportedValue } from '../../domain/reported.js';
import { asText } from '../../domain/values/json.js';
import { byteSize, count } from '../brief-value.js';
import { markup, type Inlay, type Markup } from '../pages/markup.js';
import { valueView } from '../pages/value-view.js';
import { withDollar } from '../step-notes.js';

/** Values of a report. */
const MOST = 500;
/** Bytes of a value that is shown at its place; a larger one is in the appendix. */
const AT_PLACE = 20_000;

/** Every value in full, at its place or in the appendix. */
export function valueList(values: readonly ReportedValue[]): Markup {
  const rest =
    values.length > MOST && markup`<p class="meta">${count(values.length - MOST, 'more value')} are in the run.</p>`;
  return markup`${values.slice(0, MOST).map(valueRow)}${rest}`;
}

function valueRow(shown: ReportedValue): Markup {
  const { name, from, summary, value } = shown;
  const head = (beside: Inlay, about: string) =>
    markup`<h3><span class="name">${withDollar(name)}</span>${beside}<span class="meta">${[from, about].filter((part) => part !== '').join(', ')}</span></h3>`;
  const says = summary !== undefined && summary !== '' && markup`<p class="text">${summary}</p>`;
  if (value === undefined) {
    return markup`<div class="value">${head(false, `${byteSize(shown.bytes)}, not in this report`)}${says}${digestOf(shown)}</div>`;
  }
  if (isLarge(shown)) {
    return markup`<div class="value">${head(false, byteSize(shown.bytes))}${says}<p><a href="#${appendixId(name)}">all of it</a></p></div>`;
  }
  const isShort = typeof value !== 'object' && !asText(value).includes('\n') && asText(value).length <= 80;
  if (isShort) return markup`<div class="value">${head(markup`<span>${valueView(value)}</span>`, '')}${says}</div>`;
  const about = Array.isArray(value) ? count(value.length, 'item') : '';
  return markup`<div class="value">${head(false, about)}${says}<div class="quote">${valueView(value)}</div></div>`;
}

/** The large values that are in the report, each with its digest; undefined when there is none. */
export function appendix(values: readonly ReportedValue[]): Markup | undefined {
  const large = values.slice(0, MOST).filter((each) => each.value !== undefined && isLarge(each));
  if (large.length === 0) return undefined;
  return markup`${large.map(
    (each) =>
      markup`<div class="value" id="${appendixId(each.name)}"><h3><span class="name">${withDollar(each.name)}</span><span class="meta">${byteSize(each.bytes)}</span></h3>${digestOf(each)}<pre class="text" tabindex="0">${typeof each.value === 'string' ? each.value : JSON.stringify(each.value, null, 1)}</pre></div>`,
  )}`;
}

function isLarge({ bytes }: ReportedValue): boolean {
  return bytes > AT_PLACE;
}

function digestOf({ digest }: ReportedValue): Markup | false {
  return digest !== '' && markup`<p class="meta">SHA-256 <span class="mono">${digest}</span></p>`;
}

function appendixId(name: string): string {
  return `value-${encodeURIComponent(name)}`;
}
