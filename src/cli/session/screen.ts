import { fitsOnScreen } from '../../ui/screen-height.js';
import type { Io } from './io.js';
import type { GlobalOptions } from './options.js';

/** Text for a person on standard output: in the pager where it is longer than the screen. */
export async function writeToScreen(
  { io, options }: { io: Io; options: Pick<GlobalOptions, 'pager' | 'prompt'> },
  text: string,
): Promise<void> {
  const { out } = io.streams;
  const mayPage = out.isTerminal && options.pager !== false && options.prompt !== false;
  if (mayPage && !fitsOnScreen(text, out)) {
    const { pageResult } = await import('../../ui/pager.js');
    if (await pageResult(text, io)) return;
  }
  await out.write(text);
}
