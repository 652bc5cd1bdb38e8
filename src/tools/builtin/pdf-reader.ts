import path from 'node:path';

import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import { readProjectFile } from './file-reader.js';

export const pdfReaderTool = defineTool({
  id: 'pdf_reader_tool',
  name: 'PDF Reader Tool',
  description: 'Reads the text of a PDF file below the project folder. Text in pictures is not seen.',
  effect: 'read',
  args: z.object({ file_path: z.string().describe('Path of the .pdf file, relative to the project folder.') }),
  output: z.string(),
  run: async (context, { file_path: filename }) => {
    if (path.extname(filename).toLowerCase() !== '.pdf') {
      const message = `Cannot read ${JSON.stringify(filename)}: it does not end in .pdf. file_reader_tool reads other files.`;
      return notDone(message);
    }
    return readProjectFile(context, { filename, options: {}, argument: 'file_path', source: 'PDF Reader Tool' });
  },
});
