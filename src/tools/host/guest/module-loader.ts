import { readFileSync, realpathSync } from 'node:fs';
import Module, { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';

import { findFile, isCommonJs } from './module-files.js';
import { withPlace } from './syntax-mistake.js';
import { translate } from './translate.js';

type Namespace = Record<string, unknown>;

export interface LoaderOptions {
  /** Absolute path. Files below it are loaded here, but for those in node_modules, which Node loads itself. */
  projectRoot: string;
  given: Readonly<Record<string, GivenModule>>;
}

/** A module that is found by its name alone. What most importers need of it is at hand. */
export interface GivenModule {
  few: Namespace;
  all(): Namespace;
}

/**
 * Loads modules in TypeScript and JavaScript as Node would load them if it knew types: real modules, with
 * `import.meta`, top-level `await` and circles. Nothing is written to disk.
 */
export class ModuleLoader {
  readonly #options: LoaderOptions;
  readonly #modules = new Map<string, Promise<vm.Module>>();
  /** Texts of modules, by file: they say what is imported of given modules. */
  readonly #texts = new Map<string, string>();
  /** Modules that are linked side by side would find parts of each other unlinked. */
  #linking: Promise<void> = Promise.resolve();

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#teachRequire();
  }

  /** What the module at this absolute path exports. Rejects with whatever keeps it from being loaded. */
  async exportsOf(file: string): Promise<Namespace> {
    return this.#run(await this.#load(realpathSync(file)));
  }

  async #run(module: vm.Module): Promise<Namespace> {
    const linked = this.#linking.then(async () => this.#link(module));
    this.#linking = linked.catch(() => undefined);
    await linked;
    await module.evaluate();
    return Object.fromEntries(Object.entries(module.namespace));
  }

  async #link(module: vm.Module): Promise<void> {
    if (module.status !== 'unlinked') return;
    await module.link(async (name, { identifier }) => this.#resolve(name, fileURLToPath(identifier)));
  }

  async #resolve(name: string, from: string): Promise<vm.Module> {
    const given = this.#options.given[name];
    if (given !== undefined) return this.#give(name, given, from);
    if (isBuiltin(name)) return this.#once(name, async () => wrap(namesOf(createRequire(from)(name)), name));
    const file = this.#findOwn(name, from);
    if (file !== undefined) return this.#load(file);
    return this.#once(`${from}\n${name}`, async () => wrap(await nativeImport(name, from), name));
  }

  async #give(name: string, { few, all }: GivenModule, from: string): Promise<vm.Module> {
    const text = this.#texts.get(from) ?? '';
    const isFew = importedNames(text, name)?.every((imported) => Object.hasOwn(few, imported)) === true;
    return this.#once(`${isFew ? 'few' : 'all'} of ${name}`, async () => wrap(isFew ? few : all(), name));
  }

  /** The file of the project that a name means; undefined when it is not one of the project's own. */
  #findOwn(name: string, from: string): string | undefined {
    const isPath = /^(?:\.\.?(?:\/|$)|\/|file:)/.test(name);
    const file = isPath ? findFile(pathOf(name, from)) : resolvePackage(name, from);
    return file !== undefined && (isPath || this.#isOwn(file)) && !isInPackage(file) ? realpathSync(file) : undefined;
  }

  #isOwn(file: string): boolean {
    const relative = path.relative(this.#options.projectRoot, file);
    return !relative.startsWith('..') && !path.isAbsolute(relative);
  }

  async #load(file: string): Promise<vm.Module> {
    return this.#once(file, async () => {
      const identifier = pathToFileURL(file).href;
      if (file.endsWith('.json')) return wrap({ default: JSON.parse(readFileSync(file, 'utf8')) }, identifier);
      const text = readFileSync(file, 'utf8');
      if (isCommonJs(file, text)) return wrap(namesOf(createRequire(file)(file)), identifier);
      try {
        return this.#compile(file, translate(file, text, { imports: false }));
      } catch (error) {
        throw withPlace(error, file, text);
      }
    });
  }

  #compile(file: string, code: string): vm.Module {
    const { href } = pathToFileURL(file);
    this.#texts.set(file, code);
    return new vm.SourceTextModule(code, {
      identifier: href,
      initializeImportMeta: (meta) => {
        const { resolve } = createRequire(file);
        const find = (name: string) => (isBuiltin(name) ? name : pathToFileURL(resolve(name)).href);
        Object.assign(meta, { url: href, filename: file, dirname: path.dirname(file), resolve: find });
      },
      importModuleDynamically: async (name) => {
        const module = await this.#resolve(name, file);
        await this.#run(module);
        return module;
      },
    });
  }

  async #once(key: string, make: () => Promise<vm.Module>): Promise<vm.Module> {
    const known = this.#modules.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#modules.set(key, made);
    return made;
  }

  /** `require` in CommonJS modules finds the same things. */
  #teachRequire(): void {
    const { given } = this.#options;
    const loadAsBefore = Reflect.get(Module, '_load');
    Reflect.set(Module, '_load', (name: string, ...rest: unknown[]) => {
      const own = Object.hasOwn(given, name) ? given[name] : undefined;
      return own === undefined ? Reflect.apply(loadAsBefore, Module, [name, ...rest]) : own.all();
    });
    const endings = Reflect.get(Module, '_extensions');
    for (const ending of ['.ts', '.cts', '.mts', '.tsx', '.jsx']) {
      endings[ending] = (module: { _compile(code: string, file: string): void }, file: string) => {
        module._compile(translate(file, readFileSync(file, 'utf8'), { imports: true }), file);
      };
    }
  }
}

/** The names that a text imports from a module; undefined when it takes the module as a whole, or in another way. */
function importedNames(text: string, name: string): string[] | undefined {
  const names: string[] = [];
  for (const [, clause = ''] of text.matchAll(new RegExp(`import\\b([^;'"]*)from\\s*(['"])${name}\\2`, 'g'))) {
    const [, list] = /^\s*\{([^}]*)\}\s*$/.exec(clause) ?? [];
    if (list === undefined) return undefined;
    names.push(...list.split(',').flatMap((part) => part.trim().split(/\s+as\s+/)[0] || []));
  }
  return names.length === 0 ? undefined : names;
}

/** A module of what is there already. */
function wrap(exports: Namespace, identifier: string): vm.Module {
  const names = Object.keys(exports);
  const module: vm.SyntheticModule = new vm.SyntheticModule(
    names,
    () => {
      for (const name of names) module.setExport(name, exports[name]);
    },
    { identifier },
  );
  return module;
}

/** As Node shows a CommonJS module to those that import it. */
function namesOf(exported: unknown): Namespace {
  const hasNames = (typeof exported === 'object' && exported !== null) || typeof exported === 'function';
  const named = hasNames ? exported : {};
  return { ...named, default: exported };
}

function pathOf(name: string, from: string): string {
  const bare = name.replace(/[?#].*$/, '');
  return bare.startsWith('file:') ? fileURLToPath(bare) : path.resolve(path.dirname(from), bare);
}

function resolvePackage(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    // Packages without an entry for `require` are never the project's own files.
    return undefined;
  }
}

function isInPackage(file: string): boolean {
  return realpathSync(file).split(path.sep).includes('node_modules');
}

/** As the file itself would import it, by Node alone. */
async function nativeImport(name: string, from: string): Promise<Namespace> {
  const load: (name: string) => Promise<Namespace> = importingScript(from).runInThisContext();
  return load(name);
}

function importingScript(filename: string): vm.Script {
  const { USE_MAIN_CONTEXT_DEFAULT_LOADER: importModuleDynamically } = vm.constants;
  // With a space: a file with such a call is not kept as compiled code, see bin/compiled.js.
  return new vm.Script('(name) => import (name)', { filename, importModuleDynamically });
}

/** Node warns at the first use of what the loader needs; those who run a plan cannot do anything about that. */
export function useWithoutWarning(process: { emitWarning: unknown }): void {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  importingScript('/');
  void new vm.SyntheticModule([], () => undefined);
  process.emitWarning = emitWarning;
}
