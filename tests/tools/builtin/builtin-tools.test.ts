import { expect, test } from 'vitest';

import { builtinTools } from '../../../src/tools/builtin/builtin-tools.js';
import { createRegistry } from '../../../src/tools/registry.js';

test('when the built-in tools are listed, then each has what the planner needs', () => {
  const tools = createRegistry(builtinTools()).list();
  expect(tools.map(({ id, effect }) => `${id} ${effect}`)).toEqual([
    'browser_tool once',
    'browser_tool_for_url once',
    'calculator_tool read',
    'check_sql read',
    'copy_file_tool idempotent',
    'crawl_tool read',
    'delete_file_tool idempotent',
    'extract_tool read',
    'fetch_tool read',
    'file_reader_tool read',
    'file_writer_tool idempotent',
    'find_in_files_tool read',
    'get_table_schemas read',
    'image_understanding_tool read',
    'list_files_tool read',
    'list_tables read',
    'llm_tool read',
    'map_tool read',
    'move_file_tool idempotent',
    'pdf_reader_tool read',
    'run_command_tool once',
    'run_sql read',
    'search_tool read',
    'send_email_tool once',
    'weather_tool read',
    'write_sql once',
  ]);
  for (const tool of tools) {
    expect(tool.source).toBe('builtin');
    expect(tool.inputSchema()).toMatchObject({ type: 'object', properties: expect.any(Object) });
  }
});
