import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import { storageError } from '../../src/storage/storage-error.js';

const failed = { what: 'Could not write', path: '/p/a file' };

describe('storageError', () => {
  test.each([
    ['ENOSPC', 'full'],
    ['EDQUOT', 'quota'],
    ['EFBIG', 'larger'],
    ['EACCES', 'permission'],
    ['EROFS', 'read-only'],
    ['EMFILE', 'open'],
    ['EIO', 'disk'],
    ['ELOOP', 'symbolic link'],
    ['EWEIRD', 'EWEIRD: strange'],
  ])('when the system says %s then it is said what, why and what to do', (code, why) => {
    const error = storageError(Object.assign(new Error(`${code}: strange`), { code }), failed);
    expect(error).toMatchObject({ code: 'storage-failed', message: `Could not write /p/a file (${code}).` });
    expect(error).toMatchObject({ details: { why: expect.stringContaining(why) }, fix: expect.stringMatching(/\w/) });
  });

  test.each([
    ['Unknown system error -122', 'EDQUOT', 'quota'],
    ['Unknown system error -116', 'ESTALE', 'network'],
    ['Unknown system error -523', 'E523', 'strange'],
  ])('when Node has no name for it but %s then it is one of the system all the same', (code, name, why) => {
    const error = storageError(Object.assign(new Error(`${code}: strange`), { code, errno: -1 }), failed);
    expect(error).toMatchObject({ code: 'storage-failed', message: `Could not write /p/a file (${name}).` });
    expect(error).toMatchObject({ details: { why: expect.stringContaining(why) } });
  });

  test.each([new PortiaError('stale', 'x'), new TypeError('a bug'), Object.assign(new Error('x'), { code: 'ERR_X' })])(
    'when it does not come from the system then it passes as it is',
    (error) => {
      expect(storageError(error, failed)).toBe(error);
    },
  );
});
