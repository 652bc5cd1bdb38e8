import { advice, portia } from '../../domain/next-step.js';
import type { TrustItem } from '../../config/trust-items.js';
import type { TrustKind } from '../../domain/values/trust-kinds.js';
import type { ProjectTrust } from './project-trust.js';
import { cutText } from '../../domain/values/cut-text.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import { shownModel } from '../../models/providers/model-names.js';
import { PortiaError } from '../../domain/errors.js';

const NAMES: Record<TrustKind, [one: string, many: string]> = {
  module: ['tool module', 'tool modules'],
  hooks: ['module of hooks', 'modules of hooks'],
  'program-tool': ['program as a tool', 'programs as tools'],
  'http-tool': ['HTTP tool', 'HTTP tools'],
  notice: ['target of notices', 'targets of notices'],
  users: ['file of users', 'files of users'],
  'mcp-server': ['MCP server', 'MCP servers'],
  program: ['program', 'programs'],
  rule: ['rule that allows', 'rules that allow'],
  path: ['path outside', 'paths outside'],
  store: ['store', 'stores'],
  server: ['server', 'servers'],
  key: ['key', 'keys'],
  request: ['addition to requests', 'additions to requests'],
  price: ['list of prices', 'lists of prices'],
};

/** In a few words: `2 tool modules (./a.ts, ./b.ts), 1 program (exec:./model.sh)`. */
export function summarizeItems(items: readonly TrustItem[]): string {
  const kinds = [...new Set(items.map(({ kind }) => kind))];
  return kinds
    .map((kind) => {
      const own = items.filter((item) => item.kind === kind);
      const [one, many] = NAMES[kind];
      return `${own.length} ${own.length === 1 ? one : many} (${listed(own.map(shownItem))})`;
    })
    .join(', ');
}

/** Arguments of a program and queries of an address may hold secrets. */
function shownItem({ kind, where, what }: TrustItem): string {
  if (kind === 'program-tool' || kind === 'http-tool' || kind === 'notice')
    return where.replace(/^portia\.json \w+\./, '');
  if (kind === 'mcp-server') return where.replace(/^\S+ /, '');
  if (kind === 'program') return shownModel(what);
  return kind === 'server' ? shownUrl(what) : what;
}

const MOST_SHOWN = 3;
const LONGEST_SHOWN = 40;

function listed(texts: string[]): string {
  const shown = texts.slice(0, MOST_SHOWN).map((text) => cutText(text, LONGEST_SHOWN));
  return [...shown, ...(texts.length > MOST_SHOWN ? ['…'] : [])].join(', ');
}

/** What a command says that works without all of the project. */
export function leftOutLine({ items, isChanged }: ProjectTrust, command: string): string {
  const what = isChanged ? 'This project has changed since you trusted it.' : 'This project is not trusted.';
  return `${what} Left out: ${summarizeItems(items)}. To see it and decide: ${command}`;
}

/** `what` cannot be done without these parts of a project that the user does not trust. */
export function projectUntrusted(what: string, items: readonly TrustItem[]): PortiaError {
  return new PortiaError('project-untrusted', `${what}, and this project is not trusted.`, {
    why: `What acts or loosens a rule in a project counts only after your yes. Left out: ${summarizeItems(items)}.`,
    fix: advice`${portia('trust')}   # lists what it is, and asks\nRun the same command again.`,
  });
}
