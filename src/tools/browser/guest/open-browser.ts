import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { Browser, BrowserContext, BrowserType, Page, Request, Route } from 'playwright-core';

import { isJsonObject, toJson, type JsonObject } from '../../../domain/values/json.js';
import { isWithinHost } from '../../browser-host-name.js';
import { PageFault, type PageAction, type PageView } from '../../browser-port.js';
import type { BrowserSetup } from '../protocol.js';
import { Downloads } from './downloads.js';
import { actIn } from './page-actions.js';

/** How long one action may take, and the page may load after it. */
const ACTION_MS = 15_000;
const SETTLE_MS = 3_000;
const IDLE_MS = 1_000;

const MOST_LOOKS = 3;

const ARGS = [
  // A page must reach nothing but through the gate.
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-dev-shm-usage',
];

/** What is used of the package. */
interface Playwright {
  chromium: BrowserType;
}

/** A browser with one page in front: the one that was opened last. */
export class OpenBrowser {
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly #downloads: Downloads;
  readonly #host: string | null;
  #page: Page;
  #state: JsonObject | null = null;
  /** What the state was read at. */
  #seen: string | undefined;
  #notes: string[] = [];

  private constructor(opened: {
    browser: Browser;
    context: BrowserContext;
    page: Page;
    downloads: Downloads;
    host: string | null;
  }) {
    this.#host = opened.host;
    this.#browser = opened.browser;
    this.#context = opened.context;
    this.#downloads = opened.downloads;
    this.#page = opened.page;
    this.#watch(opened.page);
    this.#context.on('page', (page) => {
      this.#notes.push('A new page was opened, and is in front now.');
      this.#page = page;
      this.#watch(page);
    });
  }

  static async start(setup: BrowserSetup): Promise<OpenBrowser> {
    const { playwright, executable, hasNoSandbox, hasWindow, proxy, folder, host, state } = setup;
    const require = createRequire(join(playwright, 'package.json'));
    const { chromium }: Playwright = require(playwright);
    const downloads = new Downloads(folder);
    const browser = await chromium.launch({
      executablePath: executable,
      headless: !hasWindow,
      chromiumSandbox: !hasNoSandbox,
      args: ARGS,
      proxy,
      downloadsPath: downloads.incoming,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const kept = state === null ? {} : { storageState: state };
    const size = hasWindow ? { viewport: null } : {};
    const context = await browser.newContext({ ...kept, ...size, serviceWorkers: 'block' });
    context.setDefaultTimeout(ACTION_MS);
    if (host !== null) await context.route('**/*', (route, request) => keepToHost(route, request, host));
    return new OpenBrowser({ browser, context, downloads, host, page: await context.newPage() });
  }

  async act(action: PageAction): Promise<JsonObject> {
    const given = await actIn(this.#page, action);
    if (action.do !== 'read' && action.do !== 'screenshot') await this.#settle();
    await this.#leaveOtherHost();
    const seen = await this.#look(MOST_LOOKS);
    const { downloads, notes } = this.#downloads.take();
    const all = [...this.#notes, ...notes];
    this.#notes = [];
    return asObject({ view: { ...seen, ...given, notes: all }, downloads });
  }

  /** A redirect may have led there. */
  async #leaveOtherHost(): Promise<void> {
    const url = this.#page.url();
    if (this.#host === null || !/^https?:/.test(url) || isWithinHost(url, this.#host)) return;
    await this.#page.goto('about:blank');
    throw new PageFault(
      `It led to ${new URL(url).host}, and only pages of ${this.#host} are opened. Open one of them.`,
    );
  }

  /** A page may lead elsewhere while it is looked at. */
  async #look(times: number): Promise<Pick<PageView, 'url' | 'title' | 'snapshot'>> {
    const page = this.#page;
    try {
      return { url: page.url(), title: await page.title(), snapshot: await page.ariaSnapshot({ mode: 'ai' }) };
    } catch (error) {
      if (times <= 1) throw error;
      await this.#settle();
      return this.#look(times - 1);
    }
  }

  /** Cookies and local storage; null when no page is open any more. */
  async state(): Promise<JsonObject | null> {
    const pages = this.#context.pages();
    if (pages.length === 0) return null;
    const seen = JSON.stringify([pages.map((page) => page.url()), await this.#context.cookies()]);
    // To read local storage, pages are opened for a moment, which a person would see each time.
    if (seen !== this.#seen) this.#state = asObject(await this.#context.storageState());
    this.#seen = seen;
    return this.#state;
  }

  async close(): Promise<void> {
    await this.#browser.close().catch(() => undefined);
  }

  /** A page that is still loading is looked at as it is. */
  async #settle(): Promise<void> {
    await this.#page.waitForLoadState('load', { timeout: SETTLE_MS }).catch(() => undefined);
    await this.#page.waitForLoadState('networkidle', { timeout: IDLE_MS }).catch(() => undefined);
    await this.#downloads.settled();
  }

  #watch(page: Page): void {
    page.on('dialog', (dialog) => {
      this.#notes.push(`The page showed a dialog (${dialog.type()}), which was dismissed: ${dialog.message()}`);
      void dialog.dismiss().catch(() => undefined);
    });
    page.on('close', () => {
      this.#page = this.#context.pages().at(-1) ?? page;
    });
    page.on('download', (download) => this.#downloads.add(download));
  }
}

/** No page of another host is opened in front; what a page consists of may come from anywhere. */
async function keepToHost(route: Route, request: Request, host: string): Promise<void> {
  const isPage = request.isNavigationRequest() && isInFront(request);
  await (isPage && !isWithinHost(request.url(), host) ? route.abort('blockedbyclient') : route.fallback());
}

function isInFront(request: Request): boolean {
  try {
    return request.frame().parentFrame() === null;
  } catch {
    // The page that asks is not there yet.
    return true;
  }
}

function asObject(value: object): JsonObject {
  const json = toJson(value);
  return json.ok && isJsonObject(json.value) ? json.value : {};
}
