import { gfm } from '@joplin/turndown-plugin-gfm';
import { Readability } from '@mozilla/readability';
import { Parser } from 'htmlparser2';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown';

import { limitDepth } from './element-depth.js';

/** What a person reads of a page. */
export interface ReadablePage {
  title: string | null;
  /** Markdown. */
  text: string;
}

/**
 * The main text of a page of the web: without menus, advertisements and the like, where it can be told from them.
 * Throws ContentRefused.
 */
export function readPage(html: string, address: string): ReadablePage {
  const document = parseDocument(html);
  completeAddresses(document, address);
  const title = document.title.trim() || null;
  // The search for the main text changes the document.
  const whole = document.toString();
  const main = new Readability(document).parse();
  const text = toMarkdown(main?.content ?? '');
  return { title: main?.title?.trim() || title, text: text === '' ? toMarkdown(whole) : text };
}

/** All text of an HTML document, as Markdown. Throws ContentRefused. */
export function readHtml(html: string): string {
  refuseDeep(html);
  return toMarkdown(html);
}

type HtmlDocument = ReturnType<typeof parseHTML>['document'];

function parseDocument(html: string): HtmlDocument {
  refuseDeep(html);
  // What is not a whole document would have no body.
  const isWhole = /<(?:html|body)[\s>]/i.test(html);
  return parseHTML(isWhole ? html : `<!doctype html><html><head></head><body>${html}</body></html>`).document;
}

const ADDRESSES = [
  ['a[href]', 'href'],
  ['img[src]', 'src'],
] as const;

/** Writes whole addresses into links, and takes away those that are not of the web: scripts, pictures in the page. */
function completeAddresses(document: HtmlDocument, address: string): void {
  const said = document.querySelector('base[href]')?.getAttribute('href') ?? '';
  const base = URL.canParse(said, address) ? new URL(said, address) : new URL(address);
  for (const [selector, name] of ADDRESSES) {
    for (const element of document.querySelectorAll(selector)) {
      const written = element.getAttribute(name) ?? '';
      const target = URL.canParse(written, base.href) ? new URL(written, base) : undefined;
      if (target !== undefined && /^(?:https?|mailto):$/.test(target.protocol)) element.setAttribute(name, target.href);
      else element.removeAttribute(name);
    }
  }
}

function refuseDeep(html: string): void {
  new Parser(limitDepth({})).end(html);
}

function toMarkdown(html: string): string {
  const service = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  service.use(gfm);
  service.remove(['script', 'style', 'noscript', 'template', 'iframe', 'title']);
  return service.turndown(html);
}
