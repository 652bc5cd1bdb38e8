import { getRequestListener } from '@hono/node-server';

import { KnownRuns } from '../../app/known-runs.js';
import { OpenQuestions } from '../../app/open-questions.js';
import { Drives } from '../drives.js';
import { createApp } from './app.js';
import type { Door } from './entrance.js';
import { LiveStreams } from './live-streams.js';
import type { WebServing } from './web-serving.js';

/** All pages, and what works behind them. */
export interface OpenedSite {
  /** Resolves when the request is answered. */
  listener: ReturnType<typeof getRequestListener>;
  /** Stops the runs that are driven here, and gives back what open pages hold. */
  close(): Promise<void>;
}

export async function openSite(serving: WebServing, { door, host }: { door: Door; host: string }): Promise<OpenedSite> {
  const { store } = serving.services;
  const drives = serving.drive ? new Drives({ ...serving, endedBy: 'the end of portia serve' }) : undefined;
  const live = new LiveStreams(store);
  const seal = await serving.seal();
  const app = createApp(
    { ...serving, seal, questions: new OpenQuestions(store), known: new KnownRuns(store), drives, live },
    door,
  );
  return {
    listener: getRequestListener(app.fetch, { hostname: host }),
    close: async () => void (await Promise.all([live.close(), drives?.close()])),
  };
}
