import { createRequire } from 'node:module';

import { isJsonObject } from '../domain/values/json.js';

/** The library as it is built. Portia's own package name finds it, also when this runs from the sources. */
export function builtLibrary(): string {
  return createRequire(import.meta.url).resolve('portia');
}

/** The version of portia. */
export function builtVersion(): string {
  const about: unknown = createRequire(import.meta.url)('portia/package.json');
  return isJsonObject(about) && typeof about['version'] === 'string' ? about['version'] : '';
}
