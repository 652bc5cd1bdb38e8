import { PortiaError } from '../../domain/errors.js';
import { adviceLines, portia, type CommandStep } from '../../domain/next-step.js';
import { capitalised } from '../../domain/values/capitalised.js';
import { nearestToolId } from '../../domain/values/nearest-name.js';
import { oneLine } from '../../domain/values/printable.js';
import { NotImported, type ApiDocument } from '../../tools/openapi/api-document.js';
import type { ListedOperation } from '../../tools/openapi/operations.js';
import { namedServerUrl, serversOf, serverUrl } from '../../tools/openapi/servers.js';
import { matchToolIds } from '../../tools/tool-globs.js';
import type { Session } from '../session/session.js';
import { signalOfPrompt } from '../session/stopping.js';
import type { ImportOptions } from './import-flags.js';

/** The most operations that are imported without `--only`. */
const MOST_AT_ONCE = 100;
const MOST_SHOWN = 12;

/** The operations that `--only` names, by the ids of their tools, their own ids or their tags; all of a few. */
export async function chooseOperations(
  all: readonly ListedOperation[],
  { source, only }: { source: string; only: readonly string[] },
): Promise<ListedOperation[]> {
  if (all.length === 0) {
    throw new PortiaError('invalid-input', `${source} has no operations.`, {
      why: 'None of its paths has a method that can be called, such as get or post.',
      fix: 'Give the document that has them.',
    });
  }
  if (only.length === 0 && all.length > MOST_AT_ONCE) throw tooMany(all, source);
  const globs = await Promise.all(only.map(async (glob) => ({ glob, matches: await matchToolIds(glob) })));
  const names = all.map(({ id, groups }) => [id, ...groups]);
  for (const { glob, matches } of globs) {
    if (!names.some((each) => each.some(matches))) throw unknownGlob(glob, names.flat(), source);
  }
  return all.filter((_, index) => globs.length === 0 || globs.some(({ matches }) => names[index]?.some(matches)));
}

function tooMany(all: readonly ListedOperation[], source: string): PortiaError {
  const tags = new Map<string, number>();
  for (const { groups } of all) {
    const tag = groups.at(-1);
    if (tag !== undefined) tags.set(tag, (tags.get(tag) ?? 0) + 1);
  }
  const largest = [...tags].filter(([, number]) => number > 1).toSorted(([, one], [, other]) => other - one);
  const shown = largest.slice(0, MOST_SHOWN).map(([tag, number]) => `${oneLine(tag)} (${number})`);
  const groups = shown.length === 0 ? '' : ` Its tags: ${shown.join(', ')}${largest.length > MOST_SHOWN ? ' …' : ''}.`;
  const [tag] = largest[0] ?? ['get_*'];
  return new PortiaError('usage', `${source} has ${all.length} operations.`, {
    why: `More than ${MOST_AT_ONCE} are imported only when they are chosen.${groups}`,
    fix: adviceLines([
      portia('tools', 'import', 'openapi', source, '--only', tag),
      portia('tools', 'import', 'openapi', source, '--only', '*'),
    ]),
  });
}

function unknownGlob(glob: string, names: readonly string[], source: string): PortiaError {
  const nearest = nearestToolId(glob, names);
  const shown = [...new Set(names)].slice(0, MOST_SHOWN).map(oneLine).join(', ');
  return new PortiaError('not-found', `${source} has no operation ${JSON.stringify(glob)}.`, {
    why: nearest === undefined ? `Its ids and tags begin with: ${shown}.` : `Did you mean ${oneLine(nearest)}?`,
    fix: portia('tools', 'import', 'openapi', source, '--only', nearest ?? 'GLOB'),
  });
}

/** Where calls go: what `--server` says, the server of the document, or the one of several that a person chooses. */
export async function chooseServer(
  session: Session<ImportOptions>,
  api: ApiDocument,
  { source, base }: { source: string; base: URL | undefined },
): Promise<URL> {
  const { server } = session.options;
  const again = (url: string) => portia('tools', 'import', 'openapi', source, '--server', url);
  const example = again('https://api.example.com/v1');
  if (server !== undefined) return usable(() => serverUrl(server), example);
  const named = serversOf(api.root);
  const [first = { url: '/', description: '' }, ...others] = named;
  if (others.length === 0) {
    const fix = again(URL.canParse(first.url) ? first.url : `https://HOST${first.url.replace(/\/$/, '')}`);
    return usable(() => namedServerUrl(first.url, base), fix);
  }
  const labels = named.map(({ url, description }) => oneLine(`${url} ${description}`));
  if (!session.prompting.yes) {
    throw new PortiaError('usage', `${source} names ${named.length} servers.`, {
      why: `${labels.join('\n')}\nOne of them is chosen by --server.`,
      fix: adviceLines(named.slice(0, MOST_SHOWN).map(({ url }) => again(absoluteOr(url, base)))),
    });
  }
  const { askChoice } = await import('../../ui/prompts.js');
  const asked = await askChoice(
    { streams: session.io.streams, look: session.look },
    {
      message: 'Where do the calls go?',
      choices: named.map(({ url }, index) => ({ label: labels[index] ?? '', value: url })),
    },
  );
  if (asked.kind === 'answered') return usable(() => serverUrl(asked.value, base), example);
  throw new PortiaError(asked.kind === 'later' ? 'declined' : 'interrupted', 'Nothing was changed.', {
    why: 'No server was chosen.',
    fix: again(first.url),
    signal: asked.kind === 'interrupted' ? signalOfPrompt(session.io) : undefined,
  });
}

function absoluteOr(url: string, base: URL | undefined): string {
  return URL.canParse(url, base?.href) ? new URL(url, base?.href).href : url;
}

function usable(read: () => URL, fix: CommandStep): URL {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NotImported)) throw error;
    const why = `${capitalised(error.message.replace(/^its/, 'the'))}.`;
    throw new PortiaError('usage', 'It is not known where the calls go.', { why, fix });
  }
}
