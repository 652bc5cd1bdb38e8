import { expect, test } from 'vitest';

import { isPublicAddress } from '../../src/tools/public-address.js';

test.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
  'when an address is %s then it is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  ['this machine', ['127.0.0.1', '127.1', '127.9.9.9', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1', '::ffff:7f00:1']],
  ['a private network', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12::1', 'fec0::1']],
  ['one cable', ['169.254.1.1', '169.254.169.254', 'fe80::1', 'fe80::1%eth0']],
  ['a carrier', ['100.64.0.1', '100.127.255.255']],
  ['many at once', ['224.0.0.1', '255.255.255.255', 'ff02::1']],
  ['a tunnel', ['2002:7f00:1::', '2001::1', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '::127.0.0.1', '::ffff:0:7f00:1']],
  [
    'nobody',
    ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '240.0.0.1', '2001:db8::1', '100::1', '4000::1'],
  ],
  ['no machine', ['', 'localhost', '256.1.1.1', '1.2.3.4.5', 'example.org', '[::1]']],
])('when an address belongs to %s then it is not public', (_whom, addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});
