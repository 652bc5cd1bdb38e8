import type { RunId } from '../domain/values/ids.js';

/** Which run a key of a start stands for, so that a start that is repeated makes no second run. */
export interface StartKeyStore {
  /** The run that a key of a start belongs to, which has perhaps not begun. */
  findKey(key: string): Promise<RunId | undefined>;
  /** The same; a key that is free belongs to `id` from now on. Of many at once one wins. */
  claimKey(key: string, id: RunId): Promise<RunId>;
  /** Every key of a start with the run that it belongs to, in no order. */
  listKeys(): Promise<StartKey[]>;
}

export interface StartKey {
  key: string;
  run_id: RunId;
}
