import type { Role } from '../../domain/values/roles.js';
import type { UsersFile } from '../users/users-file.js';
import type { ProxyDoor } from './proxy-door.js';
import type { Sessions } from './sessions.js';

/** What lets people in: the printed address, a name with its password, or the name that a proxy says. */
export type Entrance =
  /** Whoever has the token is the person who started the server. */
  | { kind: 'token'; token: string }
  /** `secondFactor`: the first role that needs one. */
  | { kind: 'sign-in'; users: UsersFile; secondFactor?: Role | undefined }
  | { kind: 'proxy'; proxy: ProxyDoor };

/** Under which names this server is reached, and what lets people in. */
export interface Door {
  sessions: Sessions;
  /** Origins under which pages are asked for: `http://127.0.0.1:4321`. */
  origins: string[];
  /** Name of the cookie. */
  cookie: string;
  entrance: Entrance;
  /** Whether all requests come through a proxy, which alone knows from where. */
  isBehindProxy: boolean;
}
