import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** This process may end although the child and its pipes are open. */
export function letEnd(child: ChildProcess): void {
  child.unref();
  child.channel?.unref?.();
  for (const pipe of pipesOf(child)) pipe.unref();
}

/** This process waits for the child again. */
export function keepAlive(child: ChildProcess): void {
  child.ref();
  child.channel?.ref?.();
  for (const pipe of pipesOf(child)) pipe.ref();
}

function pipesOf(child: ChildProcess): Socket[] {
  // A program that did not start has none.
  return [...(child.stdio ?? [])].filter((stream) => stream instanceof Socket);
}
