import { describeTool } from '../../src/app/plans/planning.js';
import { toolsNeeded } from '../../src/planner/needed-tools.js';
import { builtinTools } from '../../src/tools/builtin/builtin-tools.js';

const OFF = new Set([
  ...['browser_tool', 'browser_tool_for_url', 'crawl_tool', 'extract_tool', 'map_tool', 'run_command_tool'],
  ...['search_tool', 'send_email_tool', 'write_sql'],
]);
const ALL = builtinTools().map(describeTool);

/** Built-in tools that a person has to switch on. */
export const off = ALL.filter(({ id }) => OFF.has(id));

/** The others. */
export const ready = ALL.filter(({ id }) => !OFF.has(id));

/** Ids of the tools in `off` that a request needs. */
export const neededFor = (request: string): string[] => toolsNeeded(off, { ready, request }).map(({ id }) => id);
