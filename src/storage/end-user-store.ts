import type { EndUser, EndUserChange } from '../domain/run/end-user.js';

export interface EndUserStore {
  /** What is known of an end user; undefined when nothing is kept. */
  readEndUser(id: string): Promise<EndUser | undefined>;
  /** Of whom something is kept, in no order. */
  listEndUserIds(): Promise<string[]>;
  /** Changes what is known, and keeps also an end user of whom nothing is known. Gives what is known then. */
  changeEndUser(id: string, change: EndUserChange): Promise<EndUser>;
  /** Keeps an end user as another store knows them, unless something is known here. Gives whether both are the same now. */
  keepEndUser(user: EndUser): Promise<boolean>;
}
