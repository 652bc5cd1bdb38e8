import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

import { onTestFinished } from 'vitest';

import type { JsonObject } from '../../src/domain/values/json.js';
import { clientMeta, FORMS } from './mcp-server-here.js';
import { ended, startPortia, type Call, type Ended } from './portia.js';

interface Answer {
  id?: unknown;
  result?: JsonObject;
  error?: { code: number; message: string };
}

/** A client that writes messages of the revision of July 2026 to `portia mcp serve` itself, and reads every line. */
export interface ServeProcess {
  child: ChildProcess;
  /** Sends a message as it is, and gives the answer with its id. */
  send(message: JsonObject): Promise<Answer>;
  /** The result of a request; rejects with the error. */
  request(method: string, params: JsonObject, capabilities?: object): Promise<JsonObject>;
  call(name: string, args: JsonObject, others?: JsonObject, capabilities?: object): Promise<JsonObject>;
  /** Closes standard input, and waits for the end. */
  end(): Promise<Ended>;
  /** Kills it at once, as SIGKILL does. */
  kill(): Promise<void>;
}

export function serveInProcess(args: string[], call: Call): ServeProcess {
  const child = startPortia(['mcp', 'serve', ...args], call);
  onTestFinished(() => void child.kill('SIGKILL'));
  const over = ended(child);
  const waiting = new Map<unknown, (answer: Answer) => void>();
  if (child.stdout === null) throw new Error('It has no standard output.');
  createInterface(child.stdout).on('line', (line) => {
    // Whatever is not a message of the protocol fails the test here.
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  const send = async (message: JsonObject): Promise<Answer> => {
    const answer = new Promise<Answer>((resolve, reject) => {
      waiting.set(message['id'], resolve);
      void over.then(({ stderr }) => reject(new Error(`It ended before it answered: ${stderr}`)));
    });
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    return answer;
  };
  let sent = 0;
  const request: ServeProcess['request'] = async (method, params, capabilities = FORMS) => {
    sent += 1;
    const { result, error } = await send({ id: sent, method, params: { ...params, _meta: clientMeta(capabilities) } });
    if (result !== undefined) return result;
    throw new Error(`${error?.code} ${error?.message}`);
  };
  return {
    child,
    send,
    request,
    call: async (name, given, others = {}, capabilities = FORMS) =>
      request('tools/call', { name, arguments: given, ...others }, capabilities),
    async end() {
      child.stdin?.end();
      return over;
    },
    async kill() {
      child.kill('SIGKILL');
      await over;
    },
  };
}
