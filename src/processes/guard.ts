import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';

import { letEnd } from './kept-alive.js';

/** The variable that names a program while it is started: its group is not known before it has begun. */
const NAME_VARIABLE = 'PORTIA_GUEST';

/**
 * Reads lines `? NAME`, `+ ID` and `- ID`. Its input ends when the process that writes them is gone, however that ended,
 * also by `kill -9`. Then it ends the groups that are left, with that of a program which was being started: asked first,
 * made to after a second. Where there is no /proc, such a program is not found.
 */
const SCRIPT = `groups=' '
name=
while read -r sign id; do
  case $sign in
    \\?) name=$id ;;
    +) name= groups="$groups$id " ;;
    -) groups="\${groups%% $id *} \${groups#* $id }" ;;
  esac
done
if [ -n "$name" ]; then
  for file in $(grep -lsz "^${NAME_VARIABLE}=$name$" /proc/[0-9]*/environ); do
    id=\${file#/proc/}
    groups="$groups\${id%/environ} "
  done
fi
[ -z "\${groups## }" ] && exit
for id in $groups; do kill -s TERM -- "-$id"; done
for tenth in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for id in $groups; do kill -s 0 -- "-$id" && left=yes; done
  [ -z "$left" ] && exit
  sleep 0.1
done
for id in $groups; do kill -s KILL -- "-$id"; done`;

/** All that the script needs to find `sleep`. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin' };

/** Somebody may end the guard; a shell that never works must not be tried for ever. */
const MOST_STARTS = 5;

/** A small program beside this process that ends its process groups when this process cannot do so any more. */
export class Guard {
  readonly #groups = new Set<number>();
  #program: ChildProcess | undefined;
  #starts = 0;

  /**
   * Before a program is started: what it must have in its environment, so that it is watched from its beginning. `watch`
   * or `forget` follows.
   */
  expect(): Record<string, string> {
    if (this.#program === undefined) this.#start();
    const name = randomUUID();
    this.#tell(`? ${name}`);
    return { [NAME_VARIABLE]: name };
  }

  /** It was not started. */
  forget(): void {
    this.#tell('?');
  }

  /** From now on, until it is let go, this group does not outlive this process. */
  watch(group: number): void {
    this.#groups.add(group);
    this.#tell(`+ ${group}`);
  }

  /** The group has ended: its number may mean another one soon. */
  letGo(group: number): void {
    if (this.#groups.delete(group)) this.#tell(`- ${group}`);
  }

  #start(): void {
    if (this.#starts >= MOST_STARTS) return;
    this.#starts += 1;
    // In a session of its own, because the signals of a terminal must not end it before this process.
    const program = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: ENVIRONMENT,
    });
    this.#program = program;
    letEnd(program);
    // It has no input any more when it has ended, and nothing more is known where there is no shell.
    program.stdin?.on('error', () => undefined);
    program.on('error', () => undefined);
    program.once('exit', () => {
      this.#program = undefined;
      if (this.#groups.size > 0) this.#start();
    });
    for (const group of this.#groups) this.#tell(`+ ${group}`);
  }

  #tell(line: string): void {
    this.#program?.stdin?.write(`${line}\n`);
  }
}
