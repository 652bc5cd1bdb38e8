import type { Origin } from '../config/layer.js';
import type { Settings } from '../config/settings.js';
import { nearestToolId } from '../domain/values/nearest-name.js';

/** Ids of tools, also of those that are switched off. */
export interface KnownTools {
  here: ReadonlySet<string>;
  /** Those that every project has. */
  everywhere: readonly string[];
}

interface NamedTool {
  name: string;
  /** The setting that names it. */
  key: string;
  origin: Origin;
}

/**
 * A sentence for each setting about a tool that does not exist: it changes nothing, and a misspelt deny denies nothing.
 * A project names tools of its own. The user's settings name those of other projects, too, so there only the slips are
 * told by which a tool of portia's is meant.
 */
export function unknownToolNames(settings: Settings, { here, everywhere }: KnownTools): string[] {
  return namedTools(settings).flatMap(({ name, key, origin }) => {
    // Flags are compared with the tools that a plan calls; what a pattern should match only its author knows.
    if (origin === 'flag' || /[*?[\]{}()!+@]/.test(name) || here.has(name)) return [];
    const isOfProject = origin === 'project';
    const near = nearestToolId(name, isOfProject ? here : everywhere);
    if (near === undefined && !isOfProject) return [];
    const file = isOfProject ? 'portia.json' : 'your settings';
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    return [`"${key}" in ${file} names ${name}, but no tool has this name.${hint}`];
  });
}

function namedTools({ approvals, tools }: Settings): NamedTool[] {
  return [
    ...approvals.map(({ glob, origin }) => ({ name: glob, key: 'approvals', origin })),
    ...tools.enable.map(({ value, origin }) => ({ name: value, key: 'tools.enable', origin })),
    ...tools.disable.map(({ value, origin }) => ({ name: value, key: 'tools.disable', origin })),
    ...[...tools.describe].map(([name, { origin }]) => ({ name, key: 'tools.describe', origin })),
    ...[...tools.settings].flatMap(([name, values]) => {
      const [first] = values.values();
      return first === undefined ? [] : [{ name, key: 'tools.settings', origin: first.origin }];
    }),
  ];
}
