/** The id of a tool of a server. */
export function serverToolId(server: string, tool: string): string {
  return `mcp:${server}:${tool}`;
}

/** The server in the id of a tool; undefined for the id of any other tool. */
export function serverOfToolId(id: string): string | undefined {
  return /^mcp:([^:]+):/.exec(id)?.[1];
}
