/** What a log has recorded and not yet written. */
interface Unwritten {
  /** Writes it, and keeps a failure to itself. */
  endTurn(): void;
}

/**
 * One turn of the event loop, for the logs of one store: what is recorded in it is written together at its end, or
 * before, when it must be on disk. A process that dies within the turn has not acted on any of it.
 */
export class Turn {
  #log: Unwritten | undefined;
  #end: NodeJS.Immediate | undefined;

  /** The log has something to write. What another one has is written first: all is written in the order of recording. */
  add(log: Unwritten): void {
    if (this.#log === log) return;
    this.#write();
    this.#log = log;
    this.#end ??= setImmediate(() => this.end());
  }

  /** Writes what there is. */
  end(): void {
    clearImmediate(this.#end);
    this.#end = undefined;
    this.#write();
  }

  #write(): void {
    const log = this.#log;
    this.#log = undefined;
    log?.endTurn();
  }
}
