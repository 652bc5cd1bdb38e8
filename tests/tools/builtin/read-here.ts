import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { fileReaderTool } from '../../../src/tools/builtin/file-reader.js';
import type { ToolResult } from '../../../src/tools/tool.js';
import { toolContext, withoutReads } from '../tool-context.js';

/** What the tool gives for a file with this content, in a project of its own. */
export async function readHere(
  filename: string,
  content: string | Uint8Array,
  options: Record<string, string> = {},
): Promise<ToolResult> {
  const projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-read-')));
  onTestFinished(() => rm(projectRoot, { recursive: true, force: true }));
  await writeFile(path.join(projectRoot, filename), content);
  return withoutReads(fileReaderTool.run(toolContext({ projectRoot }), { filename, ...options }));
}
