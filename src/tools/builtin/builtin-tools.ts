import type { RequestCues } from '../../domain/values/request-cues.js';
import type { Tool } from '../tool.js';
import { BROWSER_CUES } from './browser-cues.js';
import { browserTool, browserToolForUrl } from './browser.js';
import { calculatorTool } from './calculator.js';
import { checkSqlTool } from './check-sql.js';
import { COMMAND_CUES } from './command-cues.js';
import { copyFileTool } from './copy-file.js';
import { crawlTool } from './crawl.js';
import { deleteFileTool } from './delete-file.js';
import { extractTool } from './extract.js';
import { fetchTool } from './fetch.js';
import { fileReaderTool } from './file-reader.js';
import { fileWriterTool } from './file-writer.js';
import { findInFilesTool } from './find-in-files.js';
import { getTableSchemasTool } from './get-table-schemas.js';
import { imageUnderstandingTool } from './image-understanding.js';
import { listFilesTool } from './list-files.js';
import { listTablesTool } from './list-tables.js';
import { llmTool } from './llm.js';
import { MAIL_CUES } from './mail-cues.js';
import { mapTool } from './map.js';
import { moveFileTool } from './move-file.js';
import { pdfReaderTool } from './pdf-reader.js';
import { runCommandTool } from './run-command.js';
import { runSqlTool } from './run-sql.js';
import { SEARCH_CUES } from './search-cues.js';
import { searchTool } from './search.js';
import { sendEmailTool } from './send-email.js';
import { CRAWL_CUES, MAP_CUES } from './site-cues.js';
import { SQL_CUES } from './sql-cues.js';
import { weatherTool } from './weather.js';
import { writeSqlTool } from './write-sql.js';

/** Every tool that comes with portia. Each loads its package only when it runs. */
export function builtinTools(): Tool[] {
  return [
    browserTool,
    browserToolForUrl,
    calculatorTool,
    checkSqlTool,
    copyFileTool,
    crawlTool,
    deleteFileTool,
    extractTool,
    fetchTool,
    fileReaderTool,
    fileWriterTool,
    findInFilesTool,
    getTableSchemasTool,
    imageUnderstandingTool,
    listFilesTool,
    listTablesTool,
    llmTool,
    mapTool,
    moveFileTool,
    pdfReaderTool,
    runCommandTool,
    runSqlTool,
    searchTool,
    sendEmailTool,
    weatherTool,
    writeSqlTool,
  ].map((tool) => ({ ...tool, source: 'builtin', settingsOf: SETTINGS_OF.get(tool)?.id, cues: CUES.get(tool) }));
}

/** Tools that find their database, or Tavily, in the settings of another one. */
const SETTINGS_OF = new Map<Tool, Tool>([
  ...[checkSqlTool, getTableSchemasTool, listTablesTool, writeSqlTool].map((tool) => [tool, runSqlTool] as const),
  ...[crawlTool, extractTool, mapTool].map((tool) => [tool, searchTool] as const),
]);

/** How a request shows that it needs a tool that may be off. */
const CUES = new Map<Tool, RequestCues>([
  [browserTool, BROWSER_CUES],
  [crawlTool, CRAWL_CUES],
  [mapTool, MAP_CUES],
  [runCommandTool, COMMAND_CUES],
  [searchTool, SEARCH_CUES],
  [sendEmailTool, MAIL_CUES],
  [writeSqlTool, SQL_CUES],
]);
