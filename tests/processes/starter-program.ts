// Is killed when it has started a program, before it can say which group that is.
import { spawn } from 'node:child_process';

import { Guard } from '../../src/processes/guard.js';

const [, , script = ''] = process.argv;
const env = { PATH: process.env['PATH'], ...new Guard().expect() };
spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore', env });
process.kill(process.pid, 'SIGKILL');
