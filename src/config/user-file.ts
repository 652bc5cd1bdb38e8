import { basename, dirname } from 'node:path';

import type Conf from 'conf';

import { makeFolders } from '../documents/make-folders.js';

/** Opens a JSON file of the user's own, for its owner only. `isOurs`: what is there may be replaced when it is damaged. */
export async function openUserFile(path: string, { isOurs }: { isOurs: boolean }): Promise<Conf> {
  const { default: UserFile } = await import('conf');
  makeFolders(dirname(path));
  return new UserFile({
    projectName: 'portia',
    projectSuffix: '',
    cwd: dirname(path),
    configName: basename(path, '.json'),
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: isOurs,
  });
}
