import { resolve } from 'node:path';

import { copyStore } from '../../app/copy-store.js';
import type { Copied } from '../../app/copied.js';
import { openStore, type OpenStore } from '../../app/open-store.js';
import { fromCwd } from '../../app/services.js';
import { readStoreChoice, shownStore, type StoreChoice } from '../../config/store-choice.js';
import { portia, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { copiedView, newCopyReport, type CopyReport } from '../../ui/copied-view.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';

/** Copies the plans and runs of a store to another one. `places` are what was typed. */
export async function copyBetween(session: Session, places: readonly string[]): Promise<number> {
  const [from, to, extra] = places;
  if (from === undefined || to === undefined || extra !== undefined) throw notTwo();
  const [source, target] = [choiceOf(session, from, 'FROM'), choiceOf(session, to, 'TO')];
  refuseUnsuitable(source, target);
  const [reading, writing] = [await openPlace(session, source), await openPlace(session, target)];
  try {
    await refuseUnprepared(writing, target);
    const report = newCopyReport(shownStore(source), shownStore(target));
    for await (const copied of copyStore(reading.store, writing.store)) add(report, copied);
    report.signals_left = await reading.store.countSignals();
    await session.print({ record: report, human: (look) => copiedView(report, look) });
    return exitCodeOf(report);
  } finally {
    await reading.database?.close();
    await writing.database?.close();
  }
}

function choiceOf({ services }: Session, text: string, name: string): StoreChoice {
  const choice = readStoreChoice(text, name, (path) => fromCwd(services, path));
  const own = services.settings.storageDir.value;
  return choice.kind === 'file' ? { kind: 'file', root: resolve(choice.root ?? own) } : choice;
}

async function openPlace(session: Session, choice: StoreChoice): Promise<OpenStore> {
  const { io, services } = session;
  const { storageDir } = services.settings;
  const root = choice.kind === 'file' && choice.root !== undefined ? { ...storageDir, value: choice.root } : storageDir;
  return openStore(
    { store: { ...services.settings.store, value: choice }, storageDir: root },
    {
      environment: io.environment,
      pid: io.pid,
      signing: services.signing,
      onCreated: (folders) => void session.note(`Created ${folders.join(' and ')}\n`),
    },
  );
}

const AN_EXAMPLE = portiaTyped('store', 'copy file: postgres://user@localhost/database');

function notTwo(): PortiaError {
  return new PortiaError('usage', 'portia store copy takes two stores: from which, and to which.', {
    fix: AN_EXAMPLE,
  });
}

function refuseUnsuitable(from: StoreChoice, to: StoreChoice): void {
  if (from.kind === 'memory' || to.kind === 'memory') {
    throw new PortiaError('usage', 'memory: can be neither of the two stores.', {
      why: 'It is empty when the command begins, and forgotten when it ends.',
      fix: AN_EXAMPLE,
    });
  }
  if (shownStore(from) !== shownStore(to)) return;
  throw new PortiaError('usage', `Both stores are ${shownStore(to)}.`, {
    fix: AN_EXAMPLE,
  });
}

/** Its advice would name the store of the settings. */
async function refuseUnprepared({ database }: OpenStore, choice: StoreChoice): Promise<void> {
  if (database === undefined || (await database.versions()).found > 0) return;
  throw new PortiaError('storage-failed', `${shownStore(choice)} has no tables of portia.`, {
    why: 'It was not prepared, or its address names another schema.',
    fix: portia('store', 'init', '--store', shownStore(choice)),
  });
}

function add({ counts, left_out: leftOut }: CopyReport, copied: Copied): void {
  const { kind, outcome } = copied;
  const isThere = outcome === 'copied' || outcome === 'same' || outcome === 'further';
  counts[kind][isThere ? outcome : 'left_out'] += 1;
  if (!isThere) leftOut.push(copied);
}

/** What is driven can be copied later; anything else needs a person. */
function exitCodeOf({ left_out: leftOut }: CopyReport): number {
  if (leftOut.length === 0) return EXIT.complete;
  return leftOut.every(({ outcome }) => outcome === 'driven') ? EXIT.locked : EXIT.usage;
}
