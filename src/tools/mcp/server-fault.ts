import { whyNotStarted } from '../not-started.js';

/**
 * Why a server gave no answer.
 * `not-started`, `unreached`: it cannot be started or reached: nothing was done.
 * `refused`, `unauthorized`: it answered that it does not do it, the second for lack of a key.
 * `lost`: it no longer knows the session, and does nothing before there is a new one.
 * `busy`: it says that it cannot answer now.
 * `gone`, `too-large`: the connection ended, or was ended, before an answer was there.
 * `silent`: it took too long.
 * `unusable`: what it answers is not what the protocol says.
 */
export type FaultKind =
  | 'not-started'
  | 'unreached'
  | 'refused'
  | 'unauthorized'
  | 'lost'
  | 'busy'
  | 'gone'
  | 'too-large'
  | 'silent'
  | 'unusable';

const NOT_DONE: ReadonlySet<FaultKind> = new Set(['not-started', 'unreached', 'refused', 'unauthorized', 'lost']);

/** A server that gave no answer. The message is a clause about it: "it exited with code 1". */
export class ServerFault extends Error {
  readonly kind: FaultKind;
  /** Whether what was asked for has certainly not been done. */
  readonly isNotDone: boolean;

  constructor(kind: FaultKind, message: string, { isNotDone = NOT_DONE.has(kind) }: { isNotDone?: boolean } = {}) {
    super(message);
    this.kind = kind;
    this.isNotDone = isNotDone;
  }

  static notStarted(error: unknown, place: { command: string; directory: string }): ServerFault {
    const hint = /\s/.test(place.command) ? '; what follows a program belongs in "args"' : '';
    return new ServerFault('not-started', `${whyNotStarted(error, place)}${hint}`);
  }
}

/** What the server answered instead of a result: an error of the protocol. */
export class ServerRefusal extends Error {
  /** As JSON-RPC and the protocol number them. */
  readonly code: number;
  readonly data: unknown;

  constructor(message: string, { code, data }: { code: number; data: unknown }) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
