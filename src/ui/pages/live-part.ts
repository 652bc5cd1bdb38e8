import { markup, type Inlay, type Markup } from './markup.js';

/** A part of a page that is kept up to date while the page is open. It has its place also when it is empty. */
export function livePart(id: string, content: Inlay): Markup {
  return markup`<div class="part" id="${id}" data-part>${content}</div>`;
}
