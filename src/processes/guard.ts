import { spawn, type ChildProcess } from 'node:child_process';

import { letEnd } from './kept-alive.js';
import { MARK } from './marked-processes.js';

/**
 * Reads lines `? NAME`, `+ GROUP NAME` and `- GROUP NAME`. Its input ends when the process that writes them is gone,
 * however that ended, also by `kill -9`. Then it ends the groups that are left, with every process that bears one of their
 * names: asked first, made to after a second. Where there is no /proc, only the groups are found, and no program that was
 * being started.
 */
const SCRIPT = `groups=' '
names=' '
while read -r sign id name; do
  case $sign in
    \\?) expected=$id ;;
    +) expected= groups="$groups$id " names="$names$name " ;;
    -) groups="\${groups%% $id *} \${groups#* $id }" names="\${names%% $name *} \${names#* $name }" ;;
  esac
done
names="$names$expected"
[ -z "\${groups## }\${names## }" ] && exit
look() {
  found=
  for name in $names; do
    for file in $(grep -lsz "^${MARK}=$name$" /proc/[0-9]*/environ); do
      id=\${file#/proc/}
      found="$found \${id%/environ}"
    done
  done
}
send() {
  look
  for id in $groups; do kill -s $1 -- "-$id"; done
  for id in $found; do kill -s $1 -- "$id"; done
}
send TERM
for tenth in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for id in $groups; do kill -s 0 -- "-$id" && left=yes; done
  for id in $found; do kill -s 0 -- "$id" && left=yes; done
  [ -z "$left" ] && groups= && break
  sleep 0.1
done
send KILL`;

/** All that the script needs to find `sleep`. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin' };

/** Somebody may end the guard; a shell that never works must not be tried for ever. */
const MOST_STARTS = 5;

/** A small program beside this process that ends its process groups when this process cannot do so any more. */
export class Guard {
  /** The names of those that run, by their group. */
  readonly #names = new Map<number, string>();
  #program: ChildProcess | undefined;
  #starts = 0;

  /** Before a program is started that bears this name, so that it is watched from its beginning. `watch` or `forget` follows. */
  expect(name: string): void {
    if (this.#program === undefined) this.#start();
    this.#tell(`? ${name}`);
  }

  /** It was not started. */
  forget(): void {
    this.#tell('?');
  }

  /** From now on, until it is let go, this group does not outlive this process, nor does anything that bears its name. */
  watch(group: number, name: string): void {
    this.#names.set(group, name);
    this.#tell(`+ ${group} ${name}`);
  }

  /** The group has ended: its number may mean another one soon. */
  letGo(group: number): void {
    const name = this.#names.get(group);
    if (this.#names.delete(group)) this.#tell(`- ${group} ${name}`);
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
      if (this.#names.size > 0) this.#start();
    });
    for (const [group, name] of this.#names) this.#tell(`+ ${group} ${name}`);
  }

  #tell(line: string): void {
    this.#program?.stdin?.write(`${line}\n`);
  }
}
