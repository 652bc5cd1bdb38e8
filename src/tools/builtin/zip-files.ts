import { inflateRawSync } from 'node:zlib';

import { ContentRefused } from './content-refused.js';

/** Bytes to which all files of a zip file may unpack: a few kilobytes can unpack to gigabytes. */
const MAX_EXPANDED_BYTES = 200_000_000;

const END = Buffer.from('PK\x05\x06', 'latin1');
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * The files of a zip file. No file becomes larger than the directory announces, nor all of them together than the limit.
 * Throws ContentRefused.
 */
export function unzip(content: Buffer, isWanted: (name: string) => boolean): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let total = 0;
  for (const entry of entriesOf(content)) {
    total += entry.size;
    if (total > MAX_EXPANDED_BYTES) throw new ContentRefused(`it unpacks to more than ${MAX_EXPANDED_BYTES} bytes`);
    if (isWanted(entry.name)) files.set(entry.name, unpack(content, entry));
  }
  return files;
}

interface Entry {
  name: string;
  method: number;
  packed: number;
  size: number;
  at: number;
}

function* entriesOf(content: Buffer): Generator<Entry> {
  const end = content.lastIndexOf(END);
  if (end === -1 || end + 22 > content.length)
    throw new ContentRefused('it is not an Office file, which is a zip file');
  let at = content.readUInt32LE(end + 16);
  for (let left = content.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (at + 46 > content.length || content.readUInt32LE(at) !== ENTRY) throw broken();
    const length = content.readUInt16LE(at + 28);
    yield {
      name: content.toString('utf8', at + 46, at + 46 + length).replaceAll('\\', '/'),
      method: content.readUInt16LE(at + 10),
      packed: content.readUInt32LE(at + 20),
      size: content.readUInt32LE(at + 24),
      at: content.readUInt32LE(at + 42),
    };
    at += 46 + length + content.readUInt16LE(at + 30) + content.readUInt16LE(at + 32);
  }
}

function unpack(content: Buffer, { method, packed, size, at }: Entry): Buffer {
  if (at + 30 > content.length || content.readUInt32LE(at) !== LOCAL) throw broken();
  const from = at + 30 + content.readUInt16LE(at + 26) + content.readUInt16LE(at + 28);
  const data = content.subarray(from, from + packed);
  if (data.length !== packed) throw broken();
  if (method === STORED) return data;
  if (method !== DEFLATED) throw new ContentRefused('it is packed in a way that is not read');
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    throw broken(cause);
  }
}

function broken(cause?: unknown): ContentRefused {
  return new ContentRefused('it is a damaged file', { cause });
}

/** A zip file of these files that has nothing left to unpack. */
export function storeFiles(files: ReadonlyMap<string, Buffer>): Buffer<ArrayBuffer> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, path);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, path, content);
    offset += 30 + path.length + content.length;
  }
  const end = Buffer.alloc(22);
  END.copy(end);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
