import { statSync } from 'node:fs';
import path from 'node:path';

import { PortiaError } from '../../domain/errors.js';
import { digestValue } from '../../domain/values/digest.js';
import type { HookPort } from '../../hooks/hook-port.js';
import { GIVEN_MODULES } from '../module-files.js';
import { digestOfSources, moduleSources } from '../module-sources.js';
import { whyNotLoaded } from './load-modules.js';
import type { DeclaredHooks } from './read-hooks.js';
import type { ToolHosts } from './tool-hosts.js';

/**
 * The hooks that a module of the project exports; they work where its tools work. `file` is an absolute path; `check` is
 * given it before it is loaded, then all that it consists of. Rejects with `invalid-settings` for a module that is missing,
 * that cannot be loaded, or whose hooks are written wrongly.
 */
export async function loadHooks(
  file: string,
  { hosts, check }: { hosts: ToolHosts; check(files: string[]): Promise<void> },
): Promise<HookPort> {
  const { projectRoot } = hosts;
  const shown = path.relative(projectRoot, file).replaceAll(path.sep, '/');
  refuseOutside(shown, projectRoot);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw missing(shown);
  await check([file]);
  // Before it is loaded: what is read here is never newer than what runs.
  const sources = await moduleSources(file, { projectRoot, given: GIVEN_MODULES }).catch(() => undefined);
  await check((sources ?? []).map((source) => path.join(projectRoot, source.path)));
  const origin = sources && { file: shown, digest: digestOfSources(sources) };
  const { names, timeoutMs } = await declaredBy(file, { shown, hosts });
  const reference = { file, id: shown, origin, isConcurrent: false, mayRepeat: false };
  return {
    names: new Set(names),
    file: shown,
    timeoutMs,
    fingerprint: digestValue({ hooks: names, sources: origin?.digest ?? null }),
    async call(name, about, signal) {
      const returned = await hosts.callHook(reference, { do: 'hook', file, name, about }, signal);
      return returned ?? undefined;
    },
  };
}

async function declaredBy(file: string, { shown, hosts }: { shown: string; hosts: ToolHosts }): Promise<DeclaredHooks> {
  try {
    return await hosts.loadHooks(file);
  } catch (cause) {
    if (cause instanceof PortiaError && cause.code === 'invalid-settings') {
      throw refuse(`The hooks in ${shown} cannot be used: ${cause.message}.`, {
        fix: cause.fix ?? `Correct ${shown}.`,
        cause,
      });
    }
    throw refuse(`The hooks in ${shown} cannot be loaded.`, {
      why: whyNotLoaded(cause, { file, shown }),
      fix: `Correct ${shown}, or remove "hooks" from portia.json.`,
      cause,
    });
  }
}

function refuseOutside(shown: string, root: string): void {
  if (shown !== '' && !shown.startsWith('..') && !path.isAbsolute(shown)) return;
  throw refuse(`The hooks ${JSON.stringify(shown)} are outside ${root}.`, {
    fix: 'Put them below the folder of portia.json, e.g. "hooks": "./hooks.ts"',
  });
}

function missing(shown: string): PortiaError {
  return refuse(`There is no file ${shown} with hooks.`, {
    why: '"hooks" in portia.json names it.',
    fix: `Correct "hooks", or write in ${shown}: import { defineHooks } from 'portia'; export default defineHooks({ … });`,
  });
}

function refuse(what: string, details: { why?: string; fix: string; cause?: unknown }): PortiaError {
  return new PortiaError('invalid-settings', what, details);
}
