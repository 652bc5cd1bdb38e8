import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Ways to write the host of a server that is not on the public internet. */
export const HOSTS: readonly string[] = [
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7F000001', '0x7f.0.0.1', '0x7f.1', '0177.0.0.1'],
  ...[
    '017700000001',
    '0177.1',
    '127.0.0.1.',
    '127。0。0。1',
    '127．0．0．1',
    '①②⑦.0.0.1',
    '１２７.0.0.1',
    '%31%32%37.0.0.1',
  ],
  ...['127.0.0.%31', '127.255.255.254', '127.0.0.2', '127.000.000.001', '0', '0.0.0.0', '0x0', '0.0'],
  ...[
    '00',
    '0x00000000',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
  ],
  ...[
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:0:7f00:1]',
    '[::ffff:0.0.0.0]',
    '[::0.0.0.0]',
  ],
  ...['10.0.0.1', '10.255.255.255', '167772161', '0xa000001', '012.0.0.1', '10.1', '172.16.0.1', '172.31.255.255'],
  ...['2886729729', '0xac100001', '192.168.0.1', '192.168.255.255', '192.168.1', '3232235521', '0xc0a80001'],
  ...['0300.0250.0.1', '[::ffff:192.168.0.1]', '[::ffff:10.0.0.1]', '[::ffff:c0a8:1]', '[::ffff:172.16.0.1]'],
  ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.16689662', '169.254.43518'],
  ...['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '169.254.1.1', '169.254.170.2', '100.100.100.200'],
  ...['[fe80::1]', '[fe80::a9fe:a9fe]', '[fc00::1]', '[fd00:ec2::254]', '[fec0::1]', '[ff02::1]', '[ff05::1:3]'],
  ...['[2002:7f00:1::]', '[2002:a9fe:a9fe::]', '[2002:c0a8:1::1]', '[64:ff9b::7f00:1]', '[64:ff9b::127.0.0.1]'],
  ...['[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::1]', '[2001:db8::1]', '[2001::1]', '[2001:0:7f00:1::]', '[100::1]'],
  ...['100.64.0.1', '100.127.255.255', '192.0.0.1', '192.0.0.170', '192.0.2.1', '192.88.99.1', '198.18.0.1'],
  ...['198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
  ...['4294967295', '0xffffffff', 'localhost', 'LOCALHOST', 'LocalHost', 'loc%61lhost', 'ｌｏｃａｌｈｏｓｔ'],
];

/** Addresses that are not of http, hold more than an address, or are none. */
export const OTHERS: readonly string[] = [
  ...[
    'file:///etc/passwd',
    'FILE:/etc/passwd',
    'file://localhost/etc/passwd',
    'ftp://example.org/',
    'sftp://example.org/',
  ],
  ...['gopher://127.0.0.1:70/', 'dict://127.0.0.1:11211/', 'ldap://127.0.0.1/', 'tftp://127.0.0.1/', 'jar:http://a!/'],
  ...['data:text/html,x', 'javascript:alert(1)', 'about:blank', 'blob:https://example.org/1', 'ws://example.org/'],
  ...['wss://127.0.0.1/', 'mailto:a@example.org', 'view-source:http://a', 'unix:/var/run/docker.sock', 'node:fs'],
  ...['http+unix://%2Fvar%2Frun%2Fdocker.sock/', 'netdoc:///etc/passwd', 'urn:a:b', 'chrome://settings/'],
  ...['http://user@example.org/', 'http://user:pw@example.org/', 'https://example.org@127.0.0.1/'],
  ...['http://example.org:80@127.0.0.1/', 'http://example.org%40@127.0.0.1/', 'http://a:b@[::1]/', 'http://%61@b/'],
  ...['http://', 'http://[', 'http:///', 'https:', 'example.org', '/etc/passwd', '//example.org/', '..', ' ', '\u0000'],
  ...['http://a b/', 'http://%00/', 'http://a%00b/', 'http://example.org:99999/', 'http://1.2.3.4.5/', 'http://[::1'],
  ...['http://256.256.256.256/', 'http://0x100000000/', 'http://[::1%25lo]/', 'http://[::1%lo]/', 'http://a<b/'],
];

/** A server on every address of this machine, which nobody may reach. */
export interface ClosedServer {
  /** What it was asked. */
  reached: string[];
  port: number;
  /** Hostile addresses, which lead to it where they lead to this machine. */
  urls: string[];
  close(): void;
}

export async function startClosedServer(): Promise<ClosedServer> {
  const reached: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    reached.push(url);
    response.end('canary');
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  const urls = [...HOSTS.map((host) => `http://${host}:${port}/`), ...OTHERS];
  return { reached, port, urls, close: () => server.close() };
}
