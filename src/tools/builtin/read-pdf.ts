import { extractText, getDocumentProxy } from 'unpdf';

import { messageOf } from '../../domain/errors.js';
import { ContentRefused } from './content-refused.js';
import type { FileContent } from './file-content.js';

/** The text of the pages, with an empty line between them, and a warning about pages without text. Rejects with ContentRefused. */
export async function readPdf(content: Uint8Array): Promise<FileContent> {
  const pages = await pagesOf(content);
  const empty = pages.flatMap((page, index) => (page === '' ? [index + 1] : []));
  const value = pages.filter((page) => page !== '').join('\n\n');
  if (value === '') {
    throw new ContentRefused(`it has no text: perhaps its pages are pictures. Make a file with text: ${RECOGNIZE}`);
  }
  const summary = pages.length === 1 ? '1 page' : `${pages.length} pages`;
  if (empty.length === 0) return { value, summary };
  return {
    value,
    summary,
    warnings: [`has no text on ${listed(empty)}: perhaps pictures. To read them: ${RECOGNIZE}.`],
  };
}

const RECOGNIZE = 'ocrmypdf OLD.pdf NEW.pdf';

/** It would write its warnings to standard output. */
const QUIET = { verbosity: 0 };

async function pagesOf(content: Uint8Array): Promise<string[]> {
  try {
    // It writes into the bytes that it is given.
    const { text } = await extractText(await getDocumentProxy(Uint8Array.from(content), QUIET));
    return text.map((page) => page.trim());
  } catch (cause) {
    const isLocked = cause instanceof Error && cause.name === 'PasswordException';
    const why = isLocked
      ? 'it is locked with a password. Save it without one: qpdf --decrypt --password=… OLD.pdf NEW.pdf'
      : `it is not a readable PDF file (${messageOf(cause).replace(/\.$/, '')})`;
    throw new ContentRefused(why, { cause });
  }
}

function listed(pages: number[]): string {
  const named = pages.slice(0, 10).join(', ');
  const more = pages.length > 10 ? ` and ${pages.length - 10} more` : '';
  return `page${pages.length === 1 ? '' : 's'} ${named}${more}`;
}
