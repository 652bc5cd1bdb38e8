import { convertToHtml, images } from 'mammoth';

import { messageOf } from '../../domain/errors.js';
import { ContentRefused } from './content-refused.js';
import { readHtml } from './read-html.js';
import { storeFiles, unzip } from './zip-files.js';

/** The text of a Word document as Markdown, without its pictures. Rejects with ContentRefused. */
export async function readDocx(content: Buffer): Promise<string> {
  // Unpacked here, because the library sets no limit.
  const files = unzip(content, (name) => /\.(?:xml|rels)$/.test(name));
  if (!files.has('[Content_Types].xml')) throw new ContentRefused('it is not a Word document');
  const options = { convertImage: images.imgElement(async () => ({ src: '' })) };
  try {
    const { value } = await convertToHtml({ buffer: storeFiles(files) }, options);
    return readHtml(value);
  } catch (cause) {
    if (cause instanceof ContentRefused) throw cause;
    throw new ContentRefused(`it is not a readable Word document (${messageOf(cause)})`, { cause });
  }
}
