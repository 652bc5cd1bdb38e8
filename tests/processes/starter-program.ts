// Is killed when it has started a program, before it can say which group that is.
import { spawn } from 'node:child_process';

import { Guard } from '../../src/processes/guard.js';
import { MARK } from '../../src/processes/marked-processes.js';

const [, , script = ''] = process.argv;
new Guard().expect('begun-by-a-test');
const env = { PATH: process.env['PATH'], [MARK]: 'begun-by-a-test' };
spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore', env });
process.kill(process.pid, 'SIGKILL');
