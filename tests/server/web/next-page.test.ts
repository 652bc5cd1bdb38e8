import { expect, test } from 'vitest';

import { mayBeKept, originsOf } from '../../../src/server/web/origins.js';
import { nextOf } from '../../../src/server/web/sign-in-routes.js';

test.each([
  ['/runs?find=a%20b&page=2', '/runs?find=a%20b&page=2'],
  ['/plans/plan-1#h-diff', '/plans/plan-1'],
  ...[undefined, '', 'runs', 'https://evil.example', '//evil.example', '/\\evil.example', '/\t/evil.example'].map(
    (wanted) => [wanted, '/inbox'] as const,
  ),
  ...['/.//evil.example', '/x/..//evil.example', '/', '/sign-in', '/sign-out', '/sign-in?next=/x'].map(
    (wanted) => [wanted, '/inbox'] as const,
  ),
] as const)('when %s is wanted after signing in then %s is shown', (wanted, shown) => {
  expect(nextOf(wanted)).toBe(shown);
});

test('when a server listens then it is known under its own names, and no others', () => {
  const at = (host: string, publicUrl?: string) => originsOf({ host, port: 8443, isTls: true, publicUrl });
  const here = ['https://127.0.0.1:8443', 'https://localhost:8443'];
  expect(at('0.0.0.0', 'https://portia.example/')).toEqual([...here, 'https://portia.example']);
  expect(at('2001:db8::1')).toEqual(['https://[2001:db8::1]:8443', ...here]);
  expect(originsOf({ host: 'localhost', port: 80, isTls: false, publicUrl: undefined })).toEqual([
    'http://localhost',
    'http://127.0.0.1',
  ]);
});

test('when an address is encrypted then browsers keep that only for a name with the usual port', () => {
  expect(mayBeKept('https://portia.example')).toBe(true);
  for (const origin of [
    ...['http://portia.example', 'https://portia.example:8443', 'https://localhost', 'https://127.0.0.1'],
    ...['https://192.0.2.1', 'https://[2001:db8::1]', 'https://a.localhost'],
  ]) {
    expect([origin, mayBeKept(origin)]).toEqual([origin, false]);
  }
});
