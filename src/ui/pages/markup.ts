import { escapeHidden } from '../../domain/values/printable.js';

/** HTML that may stand in a page: only `markup` and `exact` make it, so every text in it is escaped. */
export class Markup {
  readonly html: string;

  private constructor(html: string) {
    this.html = html;
  }

  static of(parts: TemplateStringsArray, values: readonly Inlay[]): Markup {
    const places = placesOf(parts);
    let html = parts[0] ?? '';
    for (let index = 0; index < values.length; index += 1) {
      html += inlay(values[index], places[index] ?? 'text') + (parts[index + 1] ?? '');
    }
    return new Markup(html);
  }

  /** A text with its characters escaped and nothing else changed: for `textarea`, `option` and `title`. */
  static exact(text: string): Markup {
    return new Markup(escaped(text));
  }

  /** Text that is in portia's own files. */
  static own(html: string): Markup {
    return new Markup(html);
  }

  toString(): string {
    return this.html;
  }
}

/** What can stand in a template. Nothing is shown of `undefined`, `null` and `false`. */
export type Inlay = Markup | string | number | undefined | null | false | readonly Inlay[];

/**
 * A template of HTML. Texts are escaped; between tags, characters that act or hide are shown as `\u{202e}`. In a tag a text
 * can only be the value of a quoted attribute, where it stays as it is.
 */
export function markup(parts: TemplateStringsArray, ...values: Inlay[]): Markup {
  return Markup.of(parts, values);
}

export const exact = Markup.exact;

type Place = 'text' | 'attribute' | 'tag';

const known = new WeakMap<TemplateStringsArray, Place[]>();

function placesOf(parts: TemplateStringsArray): Place[] {
  let places = known.get(parts);
  if (places === undefined) {
    let before = '';
    places = parts.slice(0, -1).map((part) => placeAfter((before += part)));
    known.set(parts, places);
  }
  return places;
}

function placeAfter(before: string): Place {
  // A piece of a tag that is a template of its own.
  if (/="[^"<>]*$/.test(before)) return 'attribute';
  const open = before.lastIndexOf('<');
  if (open <= before.lastIndexOf('>')) return 'text';
  return before.slice(open).split('"').length % 2 === 0 ? 'attribute' : 'tag';
}

function inlay(value: Inlay, place: Place): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Markup) return value.html;
  if (typeof value === 'object') return value.map((each) => inlay(each, place)).join('');
  const text = String(value);
  if (place !== 'tag' && PLAIN.test(text)) return text;
  if (place === 'text') return marked(text);
  if (place === 'attribute') return escaped(text);
  throw new TypeError(`A text stands in a tag, outside of the quotes of an attribute: ${text}`);
}

/** Printable ASCII without what is escaped: most texts. Looking at each character takes longer. */
const PLAIN = /^[\t\n !#-%(-;=?-~]*$/;

function marked(text: string): string {
  return escapeHidden(escaped(text), (shown) => `<span class="hidden">${shown}</span>`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
