import { readFileSync } from 'node:fs';

import { onTestFinished } from 'vitest';

import { ended, startPortia, type Call, type Ended } from './portia.js';

/** `portia mcp serve --http` in a process of its own. */
export interface HttpServer {
  cwd: string;
  url: URL;
  token: string;
  stderr(): string;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<Ended>;
}

/** Starts it with these plans of the project as tools. */
export async function serveHttp(plans: string, { cwd, env = {} }: Call): Promise<HttpServer> {
  const child = startPortia(['mcp', 'serve', '--http', '0', '--plan', plans], { cwd, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const over = ended(child);
  let stderr = '';
  const found = await new Promise<RegExpExecArray>((resolve, reject) => {
    child.stderr?.on('data', (text: string) => {
      stderr += text;
      const listening = /Listening on (\S+)\. The token is in (\S+)\.\n/.exec(stderr);
      if (listening !== null) resolve(listening);
    });
    void over.then(() => reject(new Error(`It ended: ${stderr}`)));
  });
  const [, url = '', place = ''] = found;
  return {
    cwd,
    url: new URL(url),
    token: env['PORTIA_MCP_TOKEN'] ?? readFileSync(place, 'utf8').trim(),
    stderr: () => stderr,
    async stop() {
      child.kill('SIGINT');
      return over;
    },
  };
}
