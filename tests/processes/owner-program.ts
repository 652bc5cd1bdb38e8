// Starts a shell script as a guest; `end the guard` does that once, `let it end` does not wait for the script
// once it has written something, and a path is the folder of the script.
import { execFileSync } from 'node:child_process';

import { Guests } from '../../src/processes/guests.js';
import { letEnd } from '../../src/processes/kept-alive.js';

const [, , script = '', wish] = process.argv;
const guests = new Guests((pid, signal) => process.kill(pid, signal));
const guest = guests.start({
  command: script,
  shell: true,
  environment: { PATH: process.env['PATH'] },
  directory: process.cwd(),
  stdio: ['ignore', 'pipe', 'pipe'],
  folder: wish?.startsWith('/') === true ? wish : undefined,
});
process.stdout.write('started\n');
if (wish === 'let it end') guest.child.stdout?.once('data', () => letEnd(guest.child));

if (wish === 'end the guard') {
  const before = guards();
  for (const pid of before) process.kill(pid, 'SIGKILL');
  const timer = setInterval(() => {
    const now = guards();
    if (now.length === 0 || now.some((pid) => before.includes(pid))) return;
    clearInterval(timer);
    process.stdout.write('another guard\n');
  }, 10);
}

/** Its children but the script itself. */
function guards(): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([pid, parent, name]) => parent === `${process.pid}` && name !== 'ps' && pid !== `${guest.child.pid}`)
    .map(([pid]) => Number(pid));
}
