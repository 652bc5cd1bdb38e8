import { spawn, type ChildProcess } from 'node:child_process';

import { letEnd } from './kept-alive.js';
import { MARK } from './marked-processes.js';

/**
 * Reads lines `? NAME`, `+ GROUP NAME`, `- GROUP NAME` and `/ FOLDER`. Its input ends when the process that writes them is
 * gone, however that ended, also by `kill -9`. Then it ends the groups that are left, with every process that bears one of
 * their names: asked first, made to after a second. At last it removes the folders. Where there is no /proc, only the
 * groups are found, and no program that was being started.
 */
const SCRIPT = `groups=' '
names=' '
folders=
while IFS= read -r line; do
  rest=\${line#??}
  id=\${rest%% *} name=\${rest#* }
  case $line in
    \\?*) expected=$id ;;
    +*) expected= groups="$groups$id " names="$names$name " ;;
    /*) folders="$folders$rest
" ;;
    -*) groups="\${groups%% $id *} \${groups#* $id }" names="\${names%% $name *} \${names#* $name }" ;;
  esac
done
names="$names$expected"
clean() {
  printf %s "$folders" | while IFS= read -r folder; do rm -rf -- "$folder"; done
}
[ -z "\${groups## }\${names## }" ] && clean && exit
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
send KILL
clean`;

/** All that the script needs to find its programs. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin' };

/** Somebody may end the guard; a shell that never works must not be tried for ever. */
const MOST_STARTS = 5;

/** A small program beside this process that ends its process groups when this process can no longer do so. */
export class Guard {
  /** The names of those that run, by their group. */
  readonly #names = new Map<number, string>();
  readonly #folders = new Set<string>();
  #program: ChildProcess | undefined;
  #starts = 0;

  /** Before a program is started that bears this name, so that it is watched from its beginning. `watch` or `forget` follows. */
  expect(name: string): void {
    if (this.#program === undefined) this.#start();
    this.#tell(`? ${name}`);
  }

  /** Removes this folder, an absolute path without a line end, when this process can no longer do so. */
  keepClean(folder: string): void {
    if (this.#program === undefined) this.#start();
    this.#folders.add(folder);
    this.#tell(`/ ${folder}`);
  }

  /** It was removed. */
  isClean(folder: string): void {
    this.#folders.delete(folder);
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
      if (this.#names.size + this.#folders.size > 0) this.#start();
    });
    for (const [group, name] of this.#names) this.#tell(`+ ${group} ${name}`);
    for (const folder of this.#folders) this.#tell(`/ ${folder}`);
  }

  #tell(line: string): void {
    this.#program?.stdin?.write(`${line}\n`);
  }
}
