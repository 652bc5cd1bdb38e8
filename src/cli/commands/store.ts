import { shownStore } from '../../config/store-choice.js';
import { count } from '../../ui/brief-value.js';
import { PRUNE_FLAGS } from '../runs/prune-flags.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { createSession, type Session } from '../session/session.js';
import { refuseExtraWords, requireAction } from '../session/actions.js';

const SIGNER_FLAGS = { name: flag.text('--name <name>', 'whose key it is') };
const FLAGS = { ...SIGNER_FLAGS, ...PRUNE_FLAGS };

type StoreSession = Session<OptionsOf<typeof FLAGS>>;

const ACTIONS = {
  init: prepare,
  migrate: prepare,
  status: tellStatus,
  async copy(session, words) {
    const { copyBetween } = await import('../runs/copy-store.js');
    return copyBetween(session, words);
  },
  async prune(session) {
    const { pruneStore } = await import('../runs/prune-store.js');
    return pruneStore(session);
  },
  async signers(session, words) {
    const { storeSigners } = await import('../trust/store-signers.js');
    return storeSigners(session, words);
  },
} satisfies Record<string, (session: StoreSession, words: string[]) => Promise<number>>;

/** What each is called with, and does. */
const DESCRIBED = {
  init: { parameters: '', summary: 'make the tables of a database', flags: {} },
  migrate: { parameters: '', summary: 'change tables that an older portia made', flags: {} },
  status: { parameters: '', summary: 'which store is used, and how much is in it', flags: {} },
  copy: {
    parameters: '<from> <to>',
    summary: 'copy plans, runs and end users from one store to another',
    about:
      'A store is file:, file:FOLDER or postgres://…. Every run comes with its events and its large values, and what was ' +
      'written is read back. What is there already stays, so a copy that was stopped is completed by the next. A run that ' +
      'a process drives is left out (exit 7), and so is what differs or cannot be read (exit 2).',
    flags: {},
  },
  prune: {
    parameters: '',
    summary: 'delete runs that ended long ago',
    about:
      'Without --yes it only says which. Runs that have not ended stay, however old they are, and so do plans. A run goes ' +
      'with its events, its values, the runs inside it and its key: a start with that key begins a new run then.',
    flags: PRUNE_FLAGS,
  },
  signers: {
    parameters: '[list|add <key>|remove <key>]',
    summary: 'whose consents count for all who use the store',
    about:
      'A store in a database has a list of signers. What they agreed to counts for workers and for everybody else who ' +
      'uses the store. portia verify --key prints the key of a person.',
    flags: SIGNER_FLAGS,
  },
} satisfies Record<keyof typeof ACTIONS, CommandAction>;

/** Prepares the store that is used, says what is in it, and copies it. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: DESCRIBED,
  about:
    'The store keeps plans and runs: the folder of the project, or a schema of a PostgreSQL database. It is chosen by ' +
    '--store, PORTIA_STORE, or store in portia.json.',
  examples: [
    ['portia store init', 'once, before the first run on a database'],
    ['portia store status', 'which store is used, and how much is in it'],
    ['portia store copy file: file:copy', 'all plans and runs to another store'],
    ['portia store prune --older 90d', 'which runs ended longer ago; --yes deletes them'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const [word = '', ...words] = invocation.parameters;
    const action = requireAction('store', word, { actions: ACTIONS, usual: 'status' });
    const { parameters } = DESCRIBED[action];
    if (parameters === '') refuseExtraWords('store', action, { words, parameters });
    return ACTIONS[action](await createSession(invocation), words);
  },
});

async function prepare(session: Session): Promise<number> {
  const { database, settings } = session.services;
  const store = shownStore(settings.store.value);
  const tables = await database?.migrate();
  await session.print({ record: { store, ...tables }, human: () => `${preparedText(store, tables)}\n` });
  return EXIT.complete;
}

function preparedText(store: string, tables: { from: number; to: number } | undefined): string {
  if (tables === undefined) return `${store} needs no tables: folders are made when they are needed.`;
  const { from, to } = tables;
  if (from === to) return `${store} is ready; nothing was changed.`;
  return `${store} is ready. Its tables have version ${to}${from === 0 ? '' : ` now, and had ${from}`}.`;
}

async function tellStatus(session: Session): Promise<number> {
  const { database, settings, store } = session.services;
  const [plans, runs] = await Promise.all([store.listPlanIds(), store.listRunIds()]);
  const versions = await database?.versions();
  const record = {
    store: shownStore(settings.store.value),
    source: settings.store.source,
    ...(versions && { tables: versions.found }),
    plans: plans.length,
    runs: runs.length,
  };
  await session.print({ record, human: () => statusText(record) });
  return EXIT.complete;
}

function statusText(status: { store: string; source: string; tables?: number; plans: number; runs: number }): string {
  const { store, source, tables, plans, runs } = status;
  const version = tables === undefined ? '' : `, tables of version ${tables}`;
  return `${store}   (${source})\n${count(plans, 'plan')} and ${count(runs, 'run')}${version}\n`;
}
