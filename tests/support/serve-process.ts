import { parseHTML } from 'linkedom';

import { ended, startPortia, type Call, type Ended } from './portia.js';
import { whenOver } from './when-over.js';

/** A person with a browser that keeps its cookies, at a server that works. */
export interface Visitor {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Sends a form of the page as the browser does: with the origin and what the form holds itself. */
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export interface Serving {
  /** The address that it printed. */
  url: string;
  /** Where it listens: HOST:PORT. */
  listensAt: string;
  stderr(): string;
  /** Ends it as Ctrl-C does. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface Served extends Serving, Visitor {}

/** `portia serve` in a process of its own, and the person who opened the address that it printed. */
export async function serve(args: string[], call: Call): Promise<Served> {
  const serving = await startServing(args, call);
  return { ...serving, ...(await enter(serving.url)) };
}

/** `portia serve` in a process of its own. */
export async function startServing(args: string[], call: Call): Promise<Serving> {
  const child = startPortia(['serve', '--json', ...args], call);
  whenOver(() => child.kill('SIGKILL'));
  const over = ended(child);
  let [stdout, stderr] = ['', ''];
  child.stderr?.on('data', (text: string) => (stderr += text));
  const [url, listensAt] = await new Promise<[string, string]>((resolve, reject) => {
    child.stdout?.on('data', (text: string) => {
      stdout += text;
      const [, found, at] = /"url": "([^"]+)",\s*"listens_at": "([^"]+)"/.exec(stdout) ?? [];
      if (found !== undefined && at !== undefined) resolve([found, at]);
    });
    void over.then(() => reject(new Error(`It ended: ${stderr}`)));
  });
  return {
    ...{ url, listensAt },
    stderr: () => stderr,
    async stop(signal = 'SIGINT') {
      child.kill(signal);
      return over;
    },
  };
}

/** Opens the address that lets a person in. */
export async function enter(url: string): Promise<Visitor> {
  const { origin } = new URL(url);
  const entered = await fetch(url, { redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  return visitorAt(origin, cookie);
}

/** Signs in on the page of it, as a person does. */
export async function signIn(origin: string, fields: Record<string, string>): Promise<Visitor & { answer: Response }> {
  const answer = await visitorAt(origin, '').post('/sign-in', fields);
  return { ...visitorAt(origin, answer.headers.get('set-cookie')?.split(';')[0] ?? ''), answer };
}

function visitorAt(origin: string, cookie: string): Visitor {
  return {
    origin,
    get: (path, headers = {}) => fetch(origin + path, { redirect: 'manual', headers: { cookie, ...headers } }),
    post: (path, fields, headers = {}) =>
      fetch(origin + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie, origin, ...headers },
        body: new URLSearchParams(fields),
      }),
  };
}

/** A form of a page, as a person fills it in and sends it. */
export interface PageForm {
  action: string;
  fields: Record<string, string>;
}

/** The forms of a page that send answers, each with what they hold. */
export function formsIn(html: string): PageForm[] {
  const { document } = parseHTML(html);
  return [...document.querySelectorAll('form[method=post].answer')].map((form) => {
    const inputs = [...form.querySelectorAll('input, textarea, select')];
    const held = inputs.filter((input) => !['radio', 'checkbox'].includes(input.getAttribute('type') ?? ''));
    return {
      action: form.getAttribute('action') ?? '',
      fields: Object.fromEntries(
        held.map((input) => [
          input.getAttribute('name') ?? '',
          input.getAttribute('value') ?? input.textContent?.replace(/^\n/, '') ?? '',
        ]),
      ),
    };
  });
}
