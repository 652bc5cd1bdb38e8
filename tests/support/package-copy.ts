import { cpSync, mkdtempSync } from 'node:fs';
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
