// The process in which tool modules run. Its owner speaks with it over the channel of child_process.
import { fstatSync } from 'node:fs';
import { createRequire } from 'node:module';

import * as zod from 'zod';

import { PortiaError } from '../../../domain/errors.js';
import { textOfThrown } from '../../../domain/values/thrown.js';
import { defineTool } from '../../define-tool.js';
import { defineHooks } from '../../../hooks/define-hooks.js';
import type { FromHost, HostSetup, ToHost } from '../protocol.js';
import { workOfThis } from './blame.js';
import { watchReads } from './given-variables.js';
import { ModuleLoader, useWithoutWarning } from './module-loader.js';
import { SharedObjects } from './shared-objects.js';
import { ToolServer } from './tool-server.js';

const require = createRequire(import.meta.url);

/** Standard output and error: what a tool writes to a closed one is an error that nothing catches. */
const outputs = [watchOutput('stdout', 1), watchOutput('stderr', 2)];

/** Whoever owned this process is gone, or no longer needs it. */
process.once('disconnect', () => process.exit(0));
process.on('uncaughtException', takeFault);
process.on('unhandledRejection', takeFault);
process.on('message', take);
process.on('exit', leave);
useWithoutWarning(process);
const shared = new SharedObjects(process);
const newFileMode = process.umask();

let server: ToolServer | undefined;
/** The last request. */
let last = 0;
/** An earlier call threw something that nothing caught. */
let hasFault = false;

function take(message: ToHost): void {
  if (message.type === 'request') {
    // By what an earlier call left behind, or does.
    if (isSpoilt()) {
      if (server?.isBusy !== true) process.exit(0);
      send({ type: 'refused', id: message.id });
      return;
    }
    last = message.id;
  }
  if (message.type === 'set-up') server = serve(message.setup);
  else if (message.type === 'ping') send({ type: 'pong' });
  else if (message.type === 'end') process.exit(0);
  else server?.take(message);
}

function serve(setup: HostSetup): ToolServer {
  const { projectRoot, aliases, withheld } = setup;
  const variables = watchReads(process.env, withheld, (name) => send({ type: 'read-variable', name }));
  const all = (name: string) => () => require(aliases[name] ?? name);
  const given = {
    portia: { few: { defineTool, defineHooks, PortiaError }, all: all('portia') },
    zod: { few: zod, all: all('zod') },
  };
  const loader = new ModuleLoader({ projectRoot, given });
  return new ToolServer({
    setup,
    loader,
    variables,
    send,
    tidyUp() {
      if (process.cwd() !== projectRoot) process.chdir(projectRoot);
      process.env = variables;
      process.umask(newFileMode);
    },
    onLoaded: () => shared.accept(),
    isSpoilt,
  });
}

/** Whether what calls did to this process keeps others from working in it. */
function isSpoilt(): boolean {
  return hasFault || shared.areChanged || !isListening() || outputs.some(isClosed);
}

function isListening(): boolean {
  const hears = (event: string, listener: unknown) => process.rawListeners(event).some((known) => known === listener);
  return hears('message', take) && hears('uncaughtException', takeFault);
}

function send(message: FromHost): void {
  if (process.connected) process.send?.(message);
}

/** Its owner may give what this process did not hear of to another. */
function leave(): void {
  process.off('message', take);
  send({ type: 'leaving', last });
}

/**
 * What nothing caught may have left anything half done: nobody begins to work in this process after that. What is being
 * done ends with it, unless the error belongs to something that is over.
 */
function takeFault(thrown: unknown): void {
  const work = workOfThis();
  const fault = { text: textOfThrown(thrown), tool: work?.tool };
  if (work?.isOver === true && server?.isBusy === true) {
    hasFault = true;
    send({ type: 'late-fault', ...fault });
    return;
  }
  leave();
  const end = () => process.exit(1);
  if (!process.connected) end();
  const message: FromHost = { type: 'fault', ...fault };
  process.send?.(message, end);
}

interface WatchedOutput {
  file: number;
  /** Not before somebody uses it: opening it takes time. */
  stream?: NodeJS.WriteStream;
}

function watchOutput(name: 'stdout' | 'stderr', file: number): WatchedOutput {
  const watched: WatchedOutput = { file };
  const open = Object.getOwnPropertyDescriptor(process, name)?.get;
  if (open === undefined) return watched;
  Object.defineProperty(process, name, {
    get: () => (watched.stream ??= writingAtOnce(open.call(process))),
    configurable: true,
    enumerable: true,
  });
  return watched;
}

/** Every write waits until it is handed over: nothing is lost when the process ends, and nothing piles up in it. */
function writingAtOnce(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  // Node does this by itself for a terminal or a file, and has no public name for it.
  const handle: unknown = Reflect.get(stream, '_handle');
  if (handle instanceof Object && 'setBlocking' in handle && typeof handle.setBlocking === 'function') {
    Reflect.apply(handle.setBlocking, handle, [true]);
  }
  return stream;
}

function isClosed({ file, stream }: WatchedOutput): boolean {
  try {
    fstatSync(file);
    return stream?.writableEnded === true;
  } catch {
    return true;
  }
}
