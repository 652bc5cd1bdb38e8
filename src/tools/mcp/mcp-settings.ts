import * as z from 'zod';

import { TOOL_EFFECTS } from '../../domain/values/tool-effects.js';
import { text } from '../declared-tool.js';
import { SERVER_NAME } from './server-settings.js';

const serverName = z
  .string()
  .regex(
    SERVER_NAME,
    'must be the name of a server in .mcp.json, of at most 64 letters, digits, dots, dashes and underscores',
  );

/** What settings say about the servers of `.mcp.json`. */
export const mcpSettingsSchema = z.strictObject({
  /** Servers that are used. */
  enable: z.array(serverName).optional(),
  /** Servers whose tools are what they say of themselves: that they only read, or may be called again. */
  believe_annotations: z.array(serverName).optional(),
  /** What calls of tools do, by ids or globs of tools, whatever the server says. */
  effects: z.record(text, z.enum(TOOL_EFFECTS)).optional(),
  /** How long a server may take until it has listed its tools. Default: 60,000. */
  start_timeout_ms: z.int().positive().optional(),
  /** How long one call may take since it began, or since it last reported progress. Default: 60,000. */
  timeout_ms: z.int().positive().optional(),
});

export type McpFileSettings = z.infer<typeof mcpSettingsSchema>;
