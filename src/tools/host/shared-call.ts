import type { JsonObject } from '../../domain/values/json.js';
import type { CallTurn, ToolContext, ToolResult } from '../tool.js';
import { callIn } from './call-in-host.js';
import { EndedByOthers, Undone, type Host } from './host.js';
import type { ToolReference } from './protocol.js';

export interface SharedCallParts {
  tool: ToolReference;
  /** Others may work in it. */
  host: Host;
  /** A host in which nobody else works. */
  takeApart(signal: AbortSignal): Promise<Host>;
  giveBack(host: Host): void;
}

/**
 * A call in a host that others may share. When it ends there with an error that may be their doing, it is made again in
 * a host of its own, and its time begins again: what happens there is its own doing. It only reads, so this does no harm.
 * It has no `pid`: the process must not be ended for the sake of one call.
 */
export class SharedCall implements CallTurn {
  readonly #parts: SharedCallParts;
  #isGivenBack = false;
  /** When it began in the host in which it is now; undefined while it waits for one. */
  #begun: number | undefined;
  /** It has begun in a host of its own. */
  readonly #apart: Promise<void>;
  #beginApart = (): void => undefined;

  constructor(parts: SharedCallParts) {
    this.#parts = parts;
    this.#apart = new Promise((resolve) => {
      this.#beginApart = resolve;
    });
  }

  async run(context: ToolContext, args: JsonObject): Promise<ToolResult> {
    const { tool, host, takeApart, giveBack } = this.#parts;
    try {
      this.#begun = performance.now();
      return await callIn(host, { tool, context, args });
    } catch (error) {
      if (!(error instanceof Undone || error instanceof EndedByOthers)) throw error;
    }
    this.#begun = undefined;
    // Others may wait for it, and this call for them.
    this.end();
    const own = await takeApart(context.signal);
    try {
      context.signal.throwIfAborted();
      this.#begun = performance.now();
      this.#beginApart();
      return await callIn(own, { tool, context, args });
    } finally {
      giveBack(own);
    }
  }

  /** See `CallTurn`. While it is made again, this waits until it has begun there. */
  readonly begunAt = async (): Promise<number> => {
    const begun = this.#begun;
    if (begun !== undefined && (await this.#parts.host.isFair())) return begun;
    await this.#apart;
    return this.#begun ?? 0;
  };

  end(): void {
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.#parts.giveBack(this.#parts.host);
  }
}
