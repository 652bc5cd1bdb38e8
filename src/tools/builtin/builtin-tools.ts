import type { Tool } from '../tool.js';
import { calculatorTool } from './calculator.js';
import { checkSqlTool } from './check-sql.js';
import { fileReaderTool } from './file-reader.js';
import { fileWriterTool } from './file-writer.js';
import { getTableSchemasTool } from './get-table-schemas.js';
import { listTablesTool } from './list-tables.js';
import { llmTool } from './llm.js';
import { runSqlTool } from './run-sql.js';
import { searchTool } from './search.js';
import { weatherTool } from './weather.js';

/** Every tool that comes with portia. Each loads its package only when it runs. */
export function builtinTools(): Tool[] {
  return [
    calculatorTool,
    checkSqlTool,
    fileReaderTool,
    fileWriterTool,
    getTableSchemasTool,
    listTablesTool,
    llmTool,
    runSqlTool,
    searchTool,
    weatherTool,
  ].map((tool) => ({ ...tool, source: 'builtin' }));
}
