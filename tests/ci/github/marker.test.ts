import { generateKeyPairSync } from 'node:crypto';

import { expect, test } from 'vitest';

import { createSigning } from '../../../src/app/signing/signing.js';
import { readMarker, withMarker, type Marker } from '../../../src/ci/github/marker.js';

const keyText = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const signingWith = (key: string) =>
  createSigning({ shell: { PORTIA_SIGNING_KEY: key, HOME: '/nonexistent' }, warn: () => undefined });

const MARKER: Marker = {
  repository: 'octo/plans',
  pull: 7,
  commit: 'a'.repeat(40),
  plan: 'b'.repeat(64),
  stage: 'planned',
  handled: 3,
  shown: { plan: 2, questions: { 'clar-1': 3 } },
  state: { digest: 'c'.repeat(64), workflowRun: '12' },
};

test('when a comment is as it was written then it stands for what it says, whatever line ends it has', () => {
  const { sign, judge } = boundSigning(keyText());
  const body = withMarker('## Plan\n\nGreet <!-- portia:ci:2 x y z -->\n', MARKER, sign);
  expect(readMarker(body, judge)).toEqual(MARKER);
  expect(readMarker(`${body.replaceAll('\n', '\r\n')}\r\n`, judge)).toEqual(MARKER);
});

test('when the text, the marker, the key or the place is another then it stands for nothing', () => {
  const { sign, judge } = boundSigning(keyText());
  const body = withMarker('Greet Ada', MARKER, sign);
  const [, payload = ''] = /portia:ci:2 (\S+)/.exec(body) ?? [];
  const other = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...other, commit: 'd'.repeat(40) })).toString('base64url');
  for (const changed of [
    body.replace('Greet Ada', 'Greet Bob'),
    body.replace(payload, forged),
    `${body}\n/portia approve`,
    body.slice(body.indexOf('\n')),
    'Greet Ada',
    '',
  ])
    expect(readMarker(changed, judge), changed).toBeUndefined();
  expect(readMarker(body, boundSigning(keyText()).judge)).toBeUndefined();
});

function boundSigning(key: string) {
  const signing = signingWith(key);
  return { sign: (text: string) => signing.sign(text), judge: signing.judge };
}
