import { decodePage } from './decode-page.js';
import type { DocumentJob, FileContent } from './file-content.js';
import { tableContent } from './read-content.js';

/** The text of a document as Markdown, or the rows of a sheet. Rejects with ContentRefused. */
export async function readDocument({ kind, content, options, address }: DocumentJob): Promise<FileContent> {
  switch (kind) {
    case 'html': {
      const { readHtml } = await import('./read-html.js');
      return { value: readHtml(decodePage(content, options.encoding)) };
    }
    case 'page': {
      const { readPage } = await import('./read-html.js');
      const { title, text } = readPage(decodePage(content, options.encoding), address ?? '');
      return { value: { title, text } };
    }
    case 'pdf': {
      const { readPdf } = await import('./read-pdf.js');
      return readPdf(content);
    }
    case 'docx': {
      const { readDocx } = await import('./read-docx.js');
      return { value: await readDocx(Buffer.from(content)) };
    }
    case 'pptx': {
      const { readPptx } = await import('./read-pptx.js');
      return { value: readPptx(Buffer.from(content)) };
    }
    case 'xlsx': {
      const { readXlsx } = await import('./read-xlsx.js');
      return tableContent(await readXlsx(Buffer.from(content), options.sheet), options);
    }
  }
}
