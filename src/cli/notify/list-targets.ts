import { shownAddress } from '../../notices/shown-address.js';
import { DEFAULT_EVENTS } from '../../notices/wanted-notices.js';
import { notifyView } from '../../ui/notify-view.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';

/** Lists who is told of what, and what did not arrive. */
export async function listTargets(session: Session): Promise<number> {
  const { settings, store } = session.services;
  const targets = Array.from(settings.notify, ([name, { value, source }]) => ({
    name,
    ...value,
    to: shownAddress(value.to),
    on: value.on ?? [...DEFAULT_EVENTS],
    source,
  }));
  const unsent = await store.notices.unsent();
  await session.print({ record: { targets, unsent }, human: (look) => notifyView({ targets, unsent }, look) });
  return EXIT.complete;
}
