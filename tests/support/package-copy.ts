import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { inject } from 'vitest';

/** A copy of what is packed, as nobody has started it. The checkout itself may be built meanwhile. */
export function copyPackage(): string {
  const copy = mkdtempSync(join(inject('sharedFolder'), 'package-'));
  for (const name of ['bin', 'docs', 'plans', 'package.json', 'README.md', 'LICENSE']) {
    cpSync(name, join(copy, name), { recursive: true });
  }
  const filter = (path: string) => path !== 'dist/types' && path !== 'dist/compiled';
  cpSync('dist', join(copy, 'dist'), { recursive: true, filter });
  return copy;
}

let openCopy: string | undefined;

/** The binary in a copy that every user can read. The checkout may lie where only its owner can, as in /root. */
export function portiaForEveryUser(): string {
  openCopy ??= copyForEveryUser();
  return join(openCopy, 'bin/portia.js');
}

function copyForEveryUser(): string {
  const copy = copyPackage();
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  for (const name of Object.keys(dependencies)) {
    cpSync(join('node_modules', name), join(copy, 'node_modules', name), { recursive: true });
  }
  execFileSync('chmod', ['-R', 'a+rX', copy]);
  return copy;
}
