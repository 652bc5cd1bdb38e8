import { realFileSystem, type FileSystem } from '../../src/storage/file-system.js';

export type Operation = keyof FileSystem;

/**
 * The real file system with `before` called ahead of every operation, with its name and number from 1.
 * What `before` throws, the operation throws. Nothing is flushed to the device: only what other processes see counts here.
 */
export function watchedFileSystem(before: (operation: Operation, number: number) => void): FileSystem {
  let number = 0;
  const watched = { ...realFileSystem, sync() {}, dataSync() {} };
  return new Proxy<FileSystem>(watched, {
    get(target, name: Operation) {
      return (...args: unknown[]): unknown => {
        number += 1;
        before(name, number);
        return Reflect.apply(target[name], target, args);
      };
    },
  });
}

const CHANGES = new Set<string>([
  'open',
  'write',
  'rename',
  'link',
  'unlink',
  'makeFolder',
  'removeTree',
  'truncate',
] satisfies Operation[]);

/** Whether others can see that it was done. A kill before one that they cannot is a kill before the next that they can. */
export function isChange(operation: string): boolean {
  return CHANGES.has(operation);
}

/** Fails operation number `at`, and with `forever` every later one too. `failed` tells whether it came to that. */
export function faultyFileSystem(
  at: number,
  code: string,
  forever: boolean,
): { fs: FileSystem; failed: () => boolean } {
  let failed = false;
  const fs = watchedFileSystem((operation, number) => {
    if (number < at || (number > at && !forever)) return;
    failed = true;
    throw Object.assign(new Error(`${code}: injected into ${operation}`), { code });
  });
  return { fs, failed: () => failed };
}

/** As FAT and some mounts are: a hard link fails with the code. */
export function withoutLinks(code: string, before: (operation: Operation) => void = () => {}): FileSystem {
  return watchedFileSystem((operation) => {
    before(operation);
    if (operation === 'link') throw Object.assign(new Error(`${code}: link`), { code });
  });
}
