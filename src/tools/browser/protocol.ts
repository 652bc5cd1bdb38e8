import * as z from 'zod';

import type { JsonObject } from '../../domain/values/json.js';
import type { Download, PageAction, PageView } from '../browser-port.js';

/** What the process of a browser must know before it starts it. */
export interface BrowserSetup {
  /** Absolute path of the package. */
  playwright: string;
  /** Absolute path of Chromium. */
  executable: string;
  /** Whether Chromium works without its own sandbox, which it cannot have as root. */
  hasNoSandbox: boolean;
  hasWindow: boolean;
  /** The only way out. */
  proxy: { server: string; username: string; password: string };
  /** Absolute path of a folder for downloads. */
  folder: string;
  /** The only host whose pages may be open, with those below it. */
  host: string | null;
  /** Absolute path of cookies and local storage, as the package writes them. */
  state: string | null;
}

export type ToBrowser = { id: number } & (
  | { ask: 'start'; setup: BrowserSetup }
  | { ask: 'act'; action: PageAction }
  | { ask: 'state' }
);

/** What it answers; `isPage`: the page did not allow it. */
export type FromBrowser =
  | { id: number; ok: true; value: JsonObject | null }
  | { id: number; ok: false; message: string; isPage: boolean };

/** What an action gives. */
export interface Acted {
  view: PageView;
  downloads: Download[];
}

const text = z.string();
const actedSchema = z.object({
  view: z.object({
    url: text,
    title: text,
    snapshot: text,
    text: text.optional(),
    image: text.optional(),
    notes: z.array(text),
  }),
  downloads: z.array(z.object({ name: text, file: text, bytes: z.number() })),
});

/** The answer to an action. Throws when it is not one. */
export function readActed(value: JsonObject | null): Acted {
  return actedSchema.parse(value);
}
