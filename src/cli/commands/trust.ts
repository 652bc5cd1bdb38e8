import { advice, portia } from '../../domain/next-step.js';
import { resolve } from 'node:path';

import { keepTrust, listTrust, type ListedEntry, type TrustListing } from '../../app/trust/list-trust.js';
import { trustOwner } from '../../app/trust/trust-owner.js';
import { realPathOf } from '../../app/trust/real-path.js';
import { keepTrustedOwners, trustedOwners } from '../../config/trusted-owners.js';
import { readAllowedTools, writeAllowedTools } from '../../config/allowed-tools.js';
import { listTrustRecords, removeTrustRecord, type TrustRecord } from '../../config/trusted-projects.js';
import { PortiaError } from '../../domain/errors.js';
import { capitalised } from '../../domain/values/capitalised.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import type { Json } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { trustView } from '../../ui/trust-view.js';
import { askTrustMode, shownProject } from '../trust/ask-trust.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { YES_FLAGS } from '../session/options.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import { createSession, type Session } from '../session/session.js';
import { listAllowed, revokeAllowed } from '../trust/allowed-tools.js';
import { trustSigners } from '../trust/trust-signers.js';

const FLAGS = {
  folder: flag.toggle('--folder', 'this folder, also when it changes'),
  content: flag.toggle('--content', 'exactly this content'),
  ...YES_FLAGS,
  owner: flag.text('--owner <name>', 'in this project, files of this other user count as your own'),
  revoke: flag.toggle('--revoke', 'stop trusting it'),
  list: flag.toggle('--list', 'list the projects that are trusted'),
  signer: flag.text('--signer <key>', 'let consents of this person count for you; with --revoke: no longer'),
  name: flag.text('--name <name>', 'whose key it is'),
  signers: flag.toggle('--signers', 'list the people whom you named'),
  allowed: flag.toggle('--allowed', 'list the tools that you always allow, by project'),
  tool: flag.text('--tool <id>', 'with --revoke: ask again before calls of this tool here'),
};

type TrustOptions = OptionsOf<typeof FLAGS>;

/** Shows what a project would do, and keeps whether it may. */
export const command = defineCommand({
  about:
    'Lists what needs trust: tool modules, programs, HTTP tools, rules that allow, paths outside, servers, keys. ' +
    'On a terminal it then asks, and keeps the answer in your own settings. Elsewhere it exits with 6 when there is ' +
    'something that you have not said yes to.',
  examples: [
    ['portia trust --content --yes', 'exactly what is there now'],
    ['portia trust --folder --yes', 'a project of your own, also when it changes'],
    ['portia trust --owner 1000', 'also use files of this other user here'],
    ['portia trust --list', 'all projects that you trust'],
    ['portia trust --revoke', 'take it back'],
    ['portia trust --signers', 'whose consents in runs count for you'],
    ['portia trust --allowed', 'the tools that you always allow'],
  ],
  flags: FLAGS,
  async run({ options, ...invocation }) {
    refuseContradiction(options);
    // What is in the project does not matter for these, even when it is broken.
    const isAboutSigners = options.signer !== undefined || options.signers === true;
    const isAboutRecords =
      options.list === true ||
      options.allowed === true ||
      options.revoke === true ||
      options.owner !== undefined ||
      isAboutSigners;
    const session = await createSession({
      ...invocation,
      options: isAboutRecords ? { ...options, project: false } : { ...options, quiet: true },
    });
    if (isAboutSigners) return trustSigners(session);
    if (options.list === true) return listProjects(session);
    if (options.allowed === true) return listAllowed(session);
    if (options.tool !== undefined) return revokeAllowed(session, options.tool);
    if (options.revoke === true) return revoke(session);
    if (options.owner !== undefined) return exceptOwner(session, options.owner);
    return decide(session, options);
  },
});

function refuseContradiction(options: TrustOptions): void {
  const said = (['folder', 'content', 'revoke', 'list', 'owner', 'signer', 'signers', 'allowed'] as const).filter(
    (name) => options[name] !== undefined && !(name === 'revoke' && options.signer !== undefined),
  );
  if (said.length > 1) {
    throw new PortiaError('usage', `--${said[0]} and --${said[1]} contradict each other.`, {
      fix: portia('trust', '--help'),
    });
  }
  if (options.name !== undefined && options.signer === undefined) {
    throw new PortiaError('usage', '--name names no key.', {
      fix: portia('trust', '--signer', 'KEY', '--name', 'NAME'),
    });
  }
  if (options.tool !== undefined && options.revoke !== true) {
    throw new PortiaError('usage', '--tool says what is taken back, so it needs --revoke.', {
      why: 'A tool is always allowed by the answer "always" to a question about one of its calls.',
      fix: portia('trust', '--revoke', '--tool', options.tool),
    });
  }
  if (options.yes === true && options.owner === undefined && options.folder !== true && options.content !== true) {
    throw new PortiaError('usage', '--yes does not say what is trusted.', {
      why: 'A yes is either for the folder, whatever changes in it, or for exactly its content now.',
      fix: advice`${portia('trust', '--content', '--yes')}\n${portia('trust', '--folder', '--yes')}`,
    });
  }
}

async function listProjects(session: Session<TrustOptions>): Promise<number> {
  const { environment } = session.io;
  const records = listTrustRecords(environment);
  const owners = new Map(Object.entries(await trustedOwners(environment)));
  const trusted = records.map(({ root, mode, trusted_at }) => ({ root, mode, trusted_at, ...ownersAt(root, owners) }));
  const others = [...owners.keys()].filter((root) => records.every((record) => record.root !== root));
  const excepted = others.map((root) => ({ root, mode: null, trusted_at: null, ...ownersAt(root, owners) }));
  const projects = [...trusted, ...excepted];
  await session.print({
    record: projects,
    human: () => {
      if (projects.length === 0) return 'No project is trusted.\n';
      return projects
        .map(({ root, mode, owners: ids }) => `${(mode ?? 'owner').padEnd(7)}  ${oneLine(root)}${ownersText(ids)}\n`)
        .join('');
    },
  });
  return EXIT.complete;
}

function ownersAt(root: string, owners: ReadonlyMap<string, number[]>): { owners?: number[] } {
  const ids = owners.get(root);
  return ids === undefined ? {} : { owners: ids };
}

function ownersText(ids: number[] | undefined): string {
  return ids === undefined ? '' : `   (files of ${ids.join(', ')}, too)`;
}

/** Only this is decided: what acts or loosens in the project needs its own yes. */
async function exceptOwner(session: Session<TrustOptions>, name: string): Promise<number> {
  refuseFieldsBut(['root', 'owner'], session.options.fields);
  const { projectRoot } = session.services;
  const root = realPathOf(projectRoot) ?? projectRoot;
  const id = await trustOwner(root, name, session.io.environment);
  await session.print({
    record: { root, owner: id },
    human: () => `In ${root}, files of ${name} count as your own.\n`,
  });
  return EXIT.complete;
}

async function revoke(session: Session<TrustOptions>): Promise<number> {
  refuseFieldsBut(['root', 'trusted', 'was_trusted'], session.options.fields);
  const { projectRoot } = session.services;
  const root = realPathOf(projectRoot) ?? projectRoot;
  const { environment } = session.io;
  const hadOwners = (await trustedOwners(environment))[root] !== undefined;
  if (hadOwners) await keepTrustedOwners(root, [], environment);
  const hadTools = readAllowedTools(root, environment).length > 0;
  if (hadTools) await writeAllowedTools({ root, tools: [] }, environment);
  const wasTrusted = removeTrustRecord(root, environment) || hadOwners || hadTools;
  await session.print({
    record: { root, trusted: null, was_trusted: wasTrusted },
    human: () => `${oneLine(root)} ${wasTrusted ? 'is not trusted any more' : 'was not trusted'}.\n`,
  });
  return EXIT.complete;
}

async function decide(session: Session<TrustOptions>, options: TrustOptions): Promise<number> {
  refuseFieldsBut(['root', 'trusted', 'trusted_at', 'items', 'changes'], session.options.fields);
  const { services, io } = session;
  const listing = await listTrust(services.opened, io.environment);
  const files = listing.entries.flatMap((entry) => entry.files.map(({ path }) => resolve(services.projectRoot, path)));
  await services.opened.refuseOthers(files);
  const given = options.folder === true ? 'folder' : options.content === true ? 'content' : undefined;
  const asked = await modeOf(session, listing, given);
  if (asked === undefined) return printState(session, listing);
  const record = await keepTrust(listing, { mode: asked, now: services.now(), shell: io.environment });
  return printState(session, { ...listing, record, isCovered: true, changes: [] });
}

/** What is to be kept; undefined when nothing is new. */
async function modeOf(
  session: Session<TrustOptions>,
  listing: TrustListing,
  given: TrustRecord['mode'] | undefined,
): Promise<TrustRecord['mode'] | undefined> {
  if (given !== undefined && session.options.yes === true) return given;
  if (given === undefined && (listing.isCovered || listing.entries.length === 0)) return undefined;
  if (session.prompting.yes) return askTrustMode(session, listing, given);
  if (given === undefined) return undefined;
  throw new PortiaError('approval-needed', 'A project is trusted by a yes. Nobody can be asked here.', {
    why: `${capitalised(session.prompting.because)}.`,
    fix: portia('trust', `--${given}`, '--yes'),
  });
}

function shownWhat({ kind, what }: Pick<ListedEntry, 'kind' | 'what'>): string {
  return kind === 'server' ? shownUrl(what) : what;
}

async function printState(session: Session<TrustOptions>, listing: TrustListing): Promise<number> {
  const { root, record, isCovered, entries } = listing;
  const isTrustedHere = session.services.trust.isTrusted;
  const isOpen = !isCovered && entries.length > 0 && !isTrustedHere;
  await session.print({
    record: {
      root,
      trusted: isCovered ? (record?.mode ?? null) : null,
      trusted_at: isCovered ? (record?.trusted_at ?? null) : null,
      items: entries.map(({ kind, where, what, files, key }) => ({
        kind,
        where,
        what: shownWhat({ kind, what }),
        ...(key !== undefined && { key }),
        files: files.map(({ path, digest }) => ({ path, digest })),
      })) as Json,
      changes: listing.changes.map(({ kind, where, what, files }) => ({
        where,
        what: shownWhat({ kind, what }),
        files: files.map(({ path }) => path),
      })),
    },
    human: (look) => trustView(shownProject(listing, isTrustedHere), look),
  });
  if (!isOpen) return EXIT.complete;
  throw new PortiaError('project-untrusted', 'This project is not trusted.', {
    why: session.prompting.yes ? 'You did not say yes.' : `Nobody can be asked here: ${session.prompting.because}.`,
    fix: advice`${portia('trust', '--content', '--yes')}   # exactly what is listed\n${portia('trust', '--folder', '--yes')}    # the folder, also when it changes`,
  });
}
