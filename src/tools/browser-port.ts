import type { JsonObject } from '../domain/values/json.js';

/** What is done in a page. `ref` names an element of the last snapshot. */
export type PageAction =
  | { do: 'open'; url: string }
  | { do: 'click'; ref: string }
  | { do: 'type'; ref: string; text: string; enter: boolean }
  | { do: 'select'; ref: string; option: string }
  | { do: 'scroll'; to: 'up' | 'down' }
  | { do: 'read' }
  | { do: 'screenshot' };

/** What is seen after an action. */
export interface PageView {
  url: string;
  title: string;
  /** Roles, names and refs of what is in the page, as an indented list. */
  snapshot: string;
  /** The page's text, after `read`. */
  text?: string | undefined;
  /** A data URL, after `screenshot`. */
  image?: string | undefined;
  /** Sentences about what happened beside the action: a dialog, a new page, a download. */
  notes: string[];
}

/** A file that a page made the browser download. */
export interface Download {
  /** As the page calls it. */
  name: string;
  /** Absolute path. */
  file: string;
  bytes: number;
}

export interface BrowserSession {
  /**
   * Rejects with a PageFault when the page does not allow it; with another error when the browser is not there any
   * more; with the signal's reason.
   */
  act(action: PageAction, signal: AbortSignal): Promise<PageView>;
  readonly downloads: readonly Download[];
  /** Keeps the cookies and local storage for the next session. False when no page is open any more: nothing is kept. */
  keep(signal: AbortSignal): Promise<boolean>;
  /** Ends the browser with all that it started. */
  end(): Promise<void>;
}

/** An action that did nothing, and why. */
export class PageFault extends Error {
  override readonly name = 'PageFault';
}

export interface SessionOptions {
  /** The address where the work begins: what is kept belongs to its host. */
  start: URL;
  /** Whether the page may be only one of that host, or of hosts below it. */
  isBound: boolean;
  endUserId: string;
  /** Where downloads go. Without a run there are none. */
  runId: string | null;
  /** Whether a person sees it and works in it. Default: false. */
  hasWindow?: boolean;
}

export type FoundBrowser =
  /** `facts`: what a person agrees to. */
  { ok: true; facts: JsonObject } | { ok: false; why: string; fix: string };

/** Chromium on this machine, driven by `playwright-core`. */
export interface BrowserPort {
  find(): Promise<FoundBrowser>;
  /** Rejects with an Error whose message is a sentence when it cannot be started. */
  start(options: SessionOptions, signal: AbortSignal): Promise<BrowserSession>;
}
