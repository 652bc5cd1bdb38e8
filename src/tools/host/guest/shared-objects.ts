import { EventEmitter } from 'node:events';

// Taken before anything of a tool runs: a tool may replace these, too.
const { get, ownKeys, getOwnPropertyDescriptor } = Reflect;

/** An object that all code of this process shares, and what it has that code relies on. */
interface SharedObject {
  object: object;
  names: PropertyKey[];
  values: unknown[];
  /** How many properties it has, where one more is seen by every other object. */
  size: number | undefined;
}

/** Watches the global objects, what is built into the language, `process` and how it tells events. */
export class SharedObjects {
  readonly #process: object;
  #objects: SharedObject[];

  constructor(process: object) {
    this.#process = process;
    this.#objects = sharedObjects(process);
  }

  /** Takes what is there now for what it should be: a module may add to it when it is loaded. */
  accept(): void {
    this.#objects = sharedObjects(this.#process);
  }

  /** Whether anything was taken away or replaced, or added to what others inherit. */
  get areChanged(): boolean {
    try {
      // By index: a changed iterator would be run by `for … of`.
      for (let index = 0; index < this.#objects.length; index += 1) {
        const shared = this.#objects[index];
        if (shared !== undefined && isChanged(shared)) return true;
      }
      return false;
    } catch {
      // What was a value before is a getter that throws.
      return true;
    }
  }
}

function isChanged({ object, names, values, size }: SharedObject): boolean {
  for (let index = 0; index < names.length; index += 1) {
    if (get(object, names[index] ?? '') !== values[index]) return true;
  }
  return size !== undefined && ownKeys(object).length !== size;
}

function sharedObjects(process: object): SharedObject[] {
  const globals = sharedObject(globalThis, isObject);
  const builtIn = globals.values.filter((value) => isObject(value) && value !== globalThis);
  const inherited = builtIn.flatMap((value) => prototypeOf(value));
  const events = sharedObject(EventEmitter.prototype, isFunction);
  return [
    globals,
    events,
    { ...events, object: process, values: events.names.map((name): unknown => get(process, name)) },
    ...[...builtIn, process].filter(isObject).map((object) => sharedObject(object, isFunction)),
    ...inherited.map((object) => ({ ...sharedObject(object, isFunction), size: ownKeys(object).length })),
  ];
}

/** Without what is computed when it is read: reading it would load it. */
function sharedObject(object: object, isReliedOn: (value: unknown) => boolean): SharedObject {
  const names = ownKeys(object).filter((name) => isReliedOn(getOwnPropertyDescriptor(object, name)?.value));
  return { object, names, values: names.map((name): unknown => get(object, name)), size: undefined };
}

function prototypeOf(value: unknown): object[] {
  const prototype: unknown = isFunction(value) ? getOwnPropertyDescriptor(value, 'prototype')?.value : undefined;
  return isObject(prototype) ? [prototype] : [];
}

function isFunction(value: unknown): value is object {
  return typeof value === 'function';
}

function isObject(value: unknown): value is object {
  return isFunction(value) || (typeof value === 'object' && value !== null);
}
