import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

import { isJsonObject, jsonOf, type Json, type JsonObject } from '../../domain/values/json.js';
import { readProgress } from '../read-progress.js';
import { endUserDataProblem } from '../end-user.js';
import type { ToolContext } from '../tool.js';

/** The file descriptor on which a program reports. */
export const REPORTS = 3;

const MOST_CHARACTERS = 1_000_000;

/** Who hears what a program reports while it runs. */
type Heard = Pick<ToolContext, 'progress'> & Partial<Pick<ToolContext, 'setEndUserData'>>;

/**
 * What a program reports beside its output, a line of JSON each, in the shapes in which functions do: `{"kind":
 * "progress", …}` and `{"kind": "end_user_data", "name", "value"}` at any time, and once `{"kind": "clarifications", …}`
 * or `{"kind": "failure", …}` as its result.
 */
export class ProgramReport {
  readonly #heard: Heard;
  #line = '';
  #left = MOST_CHARACTERS;
  #unread = 0;
  #result: Json | undefined;

  constructor(stream: Readable, heard: Heard) {
    this.#heard = heard;
    const decoder = new StringDecoder('utf8');
    stream.on('data', (bytes: Buffer) => this.#take(decoder.write(bytes)));
    // Of a program that is ended in the middle of a line.
    stream.on('error', () => undefined);
  }

  /** The result that it reported last. */
  get result(): Json | undefined {
    this.#read(this.#line);
    this.#line = '';
    return this.#result;
  }

  /** A sentence about lines that say nothing; undefined when there are none. */
  get warning(): string | undefined {
    if (this.#unread === 0) return undefined;
    const lines = this.#unread === 1 ? 'A line' : `${this.#unread} lines`;
    return `${lines} on file descriptor ${REPORTS} could not be read: each is {"kind": "progress", …}, {"kind": "end_user_data", …}, {"kind": "clarifications", …} or {"kind": "failure", …}.`;
  }

  #take(text: string): void {
    const taken = text.slice(0, this.#left);
    this.#left -= taken.length;
    if (taken.length < text.length) this.#unread += 1;
    const lines = (this.#line + taken).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    const report = jsonOf(line);
    const kind = isJsonObject(report) ? report['kind'] : undefined;
    if (isJsonObject(report) && kind === 'progress') this.#heard.progress(readProgress(report));
    else if (isJsonObject(report) && kind === 'end_user_data' && this.#keeps(report)) return;
    else if (kind === 'clarifications' || kind === 'failure') this.#result = report;
    else this.#unread += 1;
  }

  #keeps({ name, value }: JsonObject): boolean {
    if (typeof name !== 'string' || !(typeof value === 'string' || value === null)) return false;
    if (endUserDataProblem(name, value) !== undefined) return false;
    this.#heard.setEndUserData?.(name, value);
    return true;
  }
}
