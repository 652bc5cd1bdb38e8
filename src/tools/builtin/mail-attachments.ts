import path from 'node:path';

import { digestText } from '../../domain/values/digest.js';
import { readLocated } from '../open-located.js';
import { locateFile } from '../paths.js';
import type { ToolEnvironment } from '../tool.js';

const MAX_BYTES = 10_000_000;

export interface Attachment {
  /** As it is shown to people. */
  file: string;
  /** What the recipients see. */
  filename: string;
  content: Buffer;
}

/** The files that go with a mail. Rejects with an Error whose message is a sentence. */
export async function readAttachments(names: readonly string[], environment: ToolEnvironment): Promise<Attachment[]> {
  const read: Attachment[] = [];
  let left = MAX_BYTES;
  for (const name of names) {
    const located = await locateFile(name, 'read', environment);
    if (!located.ok) throw new Error(located.message);
    if (located.stats === undefined) throw new Error(`There is no file ${JSON.stringify(name)} to attach.`);
    const content = await readLocated(located, left);
    if (content === undefined) throw new Error(`The attachments are larger than ${MAX_BYTES} bytes together.`);
    left -= content.length;
    read.push({ file: located.shown, filename: path.basename(located.path), content });
  }
  return read;
}

/** What a person agrees to. */
export function attachmentFacts(attachments: readonly Attachment[]): { file: string; bytes: number; sha256: string }[] {
  return attachments.map(({ file, content }) => ({ file, bytes: content.length, sha256: digestText(content) }));
}
