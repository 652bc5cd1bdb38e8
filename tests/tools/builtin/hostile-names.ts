import type { Ending } from './hostile-project.js';

/** Ways to a folder that no tool may enter; a name of a file follows each. */
const ROUTES = [
  ...['../outside/', '..//outside/', './../outside/', 'sub/../../outside/', 'sub/./../..//outside/', '../outside/./'],
  ...['missing/../../outside/', '../project/../outside/', 'sub/../sub/../../outside/', '../outside/deep/../', '../'],
  ...['../../', '../../../../../../../../../../../../', '../project-2/', '../project/../project-2/', './/..//outside/'],
  ...['link-out/', './link-out/', 'link-out/deep/', 'link-out/../outside/', 'link-up/outside/', 'link-up/../'],
  ...['link-root/etc/', 'link-proc/cwd/../outside/', 'link-proc/root/etc/', 'sub/link-out/', 'sub/link-chain/'],
  ...['sub/link-self/link-out/', 'sub/link-self/link-self/link-self/../../outside/', 'link-loop/', 'link-nowhere/'],
  ...['link-plans/', 'link-hidden/', 'link-up/project/plans/', 'link-up/project/.hidden/', 'link-out/deep/../../'],
  ...['plans/', './plans/', 'Plans/', 'PLANS/', 'plans//', 'sub/../plans/', 'plans/../plans/', 'runs/', 'RUNS/'],
  ...['users/', 'users/../users/', 'Users/', 'runs/prun-1/', 'plans/sub/', 'runs/../runs/', '../project/plans/'],
  ...['.git/', '.GIT/', './.git/', 'sub/.hidden/', '.hidden/', 'sub/../.git/', '.git/../.git/', '.ssh/', '.portia/'],
  ...[
    '.hidden/../.hidden/',
    'sub/./.hidden/',
    '.git/hooks/',
    '.config/',
    '.../',
    '. /',
    '.\u200b/',
    '..../',
    '.hidden//',
  ],
  ...['/etc/', '//etc/', '/./etc/', '/../etc/', '/proc/self/', '/proc/self/root/etc/', '/proc/self/cwd/../', '/dev/'],
  ...['/dev/fd/', '/dev/shm/', '/tmp/../etc/', '/var/', '/root/', '/home/', '/', '/sys/', '/run/', '/proc/1/root/'],
  ...['ABSOLUTE/outside/', 'ABSOLUTE/project/../outside/', 'ABSOLUTE/project/plans/', 'ABSOLUTE/project/.git/'],
  ...['/proc/self/rootABSOLUTE/outside/', 'ABSOLUTE/project/link-out/', 'ABSOLUTE//outside/', 'ABSOLUTE/./outside/'],
  ...['ABSOLUTE/project-2/', 'ABSOLUTE/PROJECT/../outside/', 'ABSOLUTE/project/sub/link-chain/'],
];

/** Ways that other systems and programs understand, and that are names of folders here. */
const SPELLED = [
  ...['..\\outside\\', '.\\..\\outside\\', 'sub\\..\\..\\outside\\', '..\\/outside/', '\\etc\\', 'C:\\outside\\', 'C:'],
  ...['\\\\server\\share\\', '//server/share/../../etc/', '\\\\?\\C:\\', '\\\\.\\pipe\\', 'file:', 'file:///etc/'],
  ...['%2e%2e/outside/', '%2e%2e%2foutside%2f', '..%2foutside%2f', '%252e%252e/outside/', '..%5coutside%5c', '%2e/'],
  ...['..%c0%afoutside/', '..%00/outside/', '..;/outside/', '..%u2215outside/', '.%2e/outside/', '%2e./outside/'],
  ...['．．/outside/', '..／outside／', '..∕outside∕', '..⁄outside⁄', '‥/outside/', '…/outside/', '․․/outside/'],
  ...['.\u200b./outside/', '..\u200b/outside/', '\ufeff../outside/', '\u202e../outside/', '..\u00ad/outside/'],
  ...[
    ' ../outside/',
    '.. /outside/',
    '\t../outside/',
    '..\t/outside/',
    '..\n/outside/',
    '\n../outside/',
    '\r../outside/',
  ],
  ...[
    '~/',
    '~root/',
    '~/../outside/',
    '$HOME/',
    '${HOME}/',
    '%USERPROFILE%/',
    '$(pwd)/../outside/',
    '`pwd`/../outside/',
  ],
  ...['"../outside"/', "'../outside'/", '{..,x}/outside/', '[.][.]/outside/', '?./outside/', '*/', '**/', '!(x)/'],
  ...[
    'http://127.0.0.1/',
    'pl\u0430ns/',
    'ｐｌａｎｓ/',
    'plans\u200b/',
    'uſers/',
    'plans./',
    'plans /',
    'PLANS\u0000/',
  ],
  ...['\u0000/', 'sub\u0000/../../outside/', '\ud800/', '\ud800../outside/', '\u0001/', '\u007f/', '\u0085../outside/'],
];

/** Names of no file that a tool may use, whatever comes before them. */
const WHOLE = [
  ...[
    '',
    ' ',
    '\t',
    '\n',
    '.',
    './',
    '..',
    '../',
    '...',
    '/',
    '//',
    '\u0000',
    'sub',
    'sub/',
    './sub/.',
    'plans',
    'runs',
  ],
  ...[
    '.env',
    './.env',
    '.ENV',
    'sub/../.env',
    '../project/.env',
    'ABSOLUTE/project/.env',
    '.mcp.json',
    'link-proc/environ',
  ],
  ...['portia.json', 'PORTIA.JSON', './portia.json', 'Portia.json', 'sub/../portia.json', '../project/portia.json'],
  ...['ABSOLUTE/project/portia.json', 'portia.json/', 'portia.json/.', 'portia.json/x', '.env/x', 'link-proc/cwd/.env'],
  ...['/dev/null', '/dev/stdin', '/dev/tty', '/dev/zero', '/dev/full', '/proc/self/environ', '/proc/self/mem'],
  ...[
    '/proc/self/fd/0',
    '/proc/self/maps',
    '/etc/passwd',
    '/etc/shadow',
    'link-root/etc/passwd',
    'link-out',
    'link-up',
  ],
];

/** The same with the ending that a tool takes. */
const ENDED = [
  ...['.secret', './.secret', '.', 'link-file', './link-file', 'sub/../link-file', 'link-hidden', 'dangling', 'hard'],
  ...[
    'link-circle',
    'pipe',
    'folder',
    'sub/link-self/../link-file',
    'link-up/project/link-file',
    'inside/../../outside/x',
  ],
  ...['inside.txt/../../outside/secret', 'inside.txt/secret', 'x'.repeat(300), 'x'.repeat(5_000), 'a/'.repeat(3_000)],
  ...[
    '../project/.secret',
    'ABSOLUTE/outside/secret',
    'secret\u0000',
    '../outside/secret\u0000',
    '../outside/secret ',
    '~',
  ],
];

/** Names that lead, or look as if they led, to what no tool may touch. `base`: the folder around the project. */
export function hostileNames(base: string, ending: Ending): string[] {
  const names = [
    ...ROUTES.flatMap((route) => [`${route}secret${ending}`]),
    ...SPELLED.map((route) => `${route}secret${ending}`),
    ...WHOLE,
    ...ENDED.map((name) => `${name}${ending}`),
  ];
  return [...new Set(names.map((name) => name.replaceAll('ABSOLUTE', base)))];
}
