import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';

import { makePdf } from './make-pdf.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;

/** What stands in every file that no tool may read. */
export const CANARY = 'canary-of-a-closed-file';

/** What a file is called, whatever kind of file a tool takes. */
export type Ending = '.txt' | '.pdf' | '.db';

/** Part of every POSIX system; Node itself cannot make one. */
const MAKE_PIPE = 'mkfifo';

export interface HostileProject {
  /** Holds the project, and a folder `outside` beside it. */
  base: string;
  root: string;
  /** What has changed in what is outside, hidden or portia's own. */
  touched(): string[];
  remove(): void;
}

/** Folders of the project that tools never touch. */
const CLOSED_FOLDERS = ['.git', '.hidden', 'sub/.hidden', 'plans', 'runs', 'users'];

/** A project with these settings of tools, and links that lead out of it, beside files that must stay as they are and must not be read. */
export function hostileProject(tools: object = {}): HostileProject {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), 'portia-hostile-')));
  const root = path.join(base, 'project');
  const closed = [
    path.join(base, 'outside'),
    path.join(base, 'outside/deep'),
    path.join(base, 'project-2'),
    ...CLOSED_FOLDERS.map((name) => path.join(root, name)),
  ];
  for (const folder of closed) {
    mkdirSync(folder, { recursive: true });
    leaveSecrets(folder, '');
  }
  writeFileSync(path.join(root, '.env'), `NOTE=${CANARY}\n`);
  writeFileSync(path.join(root, '.mcp.json'), JSON.stringify({ mcpServers: {}, note: CANARY }));
  writeFileSync(
    path.join(root, 'portia.json'),
    JSON.stringify({ tools: { describe: { fetch_tool: CANARY }, ...tools } }),
  );
  leaveSecrets(root, '.');
  leaveLinks(base, root);
  const before = stateOf(base, root);
  const touched = () => {
    const now = stateOf(base, root);
    const names = new Set([...before.keys(), ...now.keys()]);
    return [...names].filter((name) => before.get(name) !== now.get(name));
  };
  return { base, root, touched, remove: () => rmSync(base, { recursive: true, force: true }) };
}

function leaveSecrets(folder: string, prefix: string): void {
  writeFileSync(path.join(folder, `${prefix}secret.txt`), CANARY);
  writeFileSync(path.join(folder, `${prefix}secret.pdf`), makePdf([[CANARY]]));
  const database = new Database(path.join(folder, `${prefix}secret.db`));
  database.exec(`CREATE TABLE words (word); INSERT INTO words VALUES ('${CANARY}')`);
  database.close();
}

function leaveLinks(base: string, root: string): void {
  const links: Record<string, string> = {
    'link-out': path.join(base, 'outside'),
    'link-up': '..',
    'link-root': '/',
    'link-proc': '/proc/self',
    'link-plans': 'plans',
    'link-hidden': '.hidden',
    'sub/link-out': '../../outside',
    'sub/link-chain': '../link-out/deep',
    'link-loop': 'link-loop',
    'link-circle.txt': 'link-circle.txt',
    'link-nowhere': path.join(base, 'outside/nowhere'),
    'sub/link-self': '.',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, path.join(root, name));
  for (const ending of ['.txt', '.pdf', '.db']) {
    symlinkSync(path.join(base, `outside/secret${ending}`), path.join(root, `link-file${ending}`));
    symlinkSync(`sub/.hidden/secret${ending}`, path.join(root, `link-hidden${ending}`));
    symlinkSync(path.join(base, `outside/new${ending}`), path.join(root, `dangling${ending}`));
    // Whoever made the other name may read it; nobody may change it by this one.
    writeFileSync(path.join(base, `outside/shared${ending}`), 'shared');
    linkSync(path.join(base, `outside/shared${ending}`), path.join(root, `hard${ending}`));
    execFileSync(MAKE_PIPE, [path.join(root, `pipe${ending}`)]);
    mkdirSync(path.join(root, `folder${ending}`));
    writeFileSync(path.join(root, `inside${ending}`), 'inside');
  }
}

/** Everything that no tool may change: when it was changed last, and the names in it. */
function stateOf(base: string, root: string): Map<string, string> {
  const state = new Map<string, string>();
  const look = (file: string) => {
    const stats = lstatSync(file);
    const names = stats.isDirectory() ? readdirSync(file).sort() : [];
    // Tools may make files in the project's own folder.
    state.set(file, file === root ? '' : [stats.ino, stats.ctimeMs, ...names].join());
    for (const name of names) if (file !== root || OWN.test(name)) look(path.join(file, name));
  };
  look(base);
  look(path.join(root, 'sub/.hidden'));
  return state;
}

/** What this project has in its own folder that must stay as it is. */
const OWN =
  /^(?:\..*|portia\.json|(?:plans|runs|users|link-[a-z]+|(?:link-[a-z]+|dangling|hard|pipe|folder)\.(?:txt|pdf|db)))$/;
