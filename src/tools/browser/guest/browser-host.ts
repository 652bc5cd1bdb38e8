// The process that has a browser. Its owner speaks with it over the channel of child_process.
import { describeThrown } from '../../../domain/values/thrown.js';
import { PageFault } from '../../browser-port.js';
import type { FromBrowser, ToBrowser } from '../protocol.js';
import { OpenBrowser } from './open-browser.js';

let browser: OpenBrowser | undefined;

// Whoever owned this process is gone, or no longer needs it.
process.once('disconnect', () => void leave());
process.once('SIGTERM', () => void leave());
process.on('message', (message: ToBrowser) => void take(message));

async function take(message: ToBrowser): Promise<void> {
  const { id } = message;
  try {
    tell({ id, ok: true, value: await answerTo(message) });
  } catch (error) {
    tell({ id, ok: false, message: describeThrown(error), isPage: error instanceof PageFault });
  }
}

async function answerTo(message: ToBrowser) {
  if (message.ask === 'start') {
    browser = await OpenBrowser.start(message.setup);
    return null;
  }
  if (browser === undefined) throw new Error('the browser is not started');
  return message.ask === 'state' ? browser.state() : browser.act(message.action);
}

function tell(answer: FromBrowser): void {
  if (process.connected) process.send?.(answer);
}

async function leave(): Promise<void> {
  await browser?.close();
  process.exit(0);
}
