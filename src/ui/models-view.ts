import { oneLine } from '../domain/values/printable.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';

export interface ShownRole {
  role: string;
  model: string | null;
  base_url: string | null;
  key: string | null;
  source: string | null;
  problem: string | null;
}

export interface ShownProvider {
  provider: string;
  base_url: string | null;
  key: string | null;
  ready: boolean;
  missing: string[];
}

export interface ShownOffer {
  model: string;
  base_url: string;
  context_window: number | null;
  owner: string | null;
  roles: string[];
}

/** The roles with their models, and the providers with their keys. Ends with a newline. */
export function modelsView(
  { roles, providers }: { roles: ShownRole[]; providers: ShownProvider[] },
  look: Look,
): string {
  const { colour, symbols } = look;
  const ofRoles = roles.map(({ role, model, key, base_url: url, source, problem }): Line[] => [
    { text: role },
    { text: oneLine(model ?? 'none'), paint: model === null ? colour.yellow : colour.cyan },
    { text: key ?? '' },
    { text: oneLine(problem ?? [url ?? '', `(${source})`].filter((text) => text !== '').join(' ')) },
  ]);
  const ofProviders = providers.map(({ provider, key, base_url: url, ready, missing }): Line[] => [
    // Whether a server that needs no key runs is not known before it is asked.
    ready && key !== null
      ? { text: symbols.completed, paint: colour.green }
      : { text: symbols.pending, paint: colour.dim },
    { text: provider, paint: ready ? colour.cyan : colour.dim },
    { text: key ?? (ready ? 'no key' : '') },
    { text: oneLine(url ?? (missing.length === 0 ? 'cannot be used here' : `needs ${missing.join(' and ')}`)) },
  ]);
  const lines = [
    ...layoutTable({ headers: ['ROLE', 'MODEL', 'KEY', 'WHERE'], rows: ofRoles, wraps: true }, look),
    '',
    ...layoutTable({ headers: ['', 'PROVIDER', 'KEY', 'WHERE'], rows: ofProviders, wraps: true }, look),
    '',
    colour.dim('No server was asked. To see what one offers: portia models PROVIDER --online'),
  ];
  return `${lines.join('\n')}\n`;
}

/** What endpoints offer. Ends with a newline. */
export function offersView(offers: ShownOffer[], look: Look): string {
  if (offers.length === 0) return 'No models.\n';
  const rows = offers.map(({ model, context_window: window, owner, roles }): Line[] => [
    { text: oneLine(model), paint: look.colour.cyan },
    { text: window === null ? '' : String(window) },
    { text: oneLine(owner ?? '') },
    { text: roles.join(', ') },
  ]);
  const table = layoutTable({ headers: ['MODEL', 'CONTEXT', 'OWNER', 'USED FOR'], rows }, look);
  const places = new Set(offers.map((offer) => offer.base_url));
  return `${[...table, '', look.colour.dim(`${count(offers.length, 'model')} at ${[...places].join(', ')}`)].join('\n')}\n`;
}
