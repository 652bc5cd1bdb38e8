import { ServerFault } from '../server-fault.js';

/** A server that lets only persons in who have signed in. Nothing was done. */
export class SignInNeeded extends ServerFault {
  /** Where the person signs in. */
  readonly url: string;

  constructor(url: string) {
    super('unauthorized', `it lets portia in when you have signed in at ${new URL(url).host}`);
    this.url = url;
  }
}

/** In what an error was caused by; undefined for other errors. */
export function signInNeeded(error: unknown): SignInNeeded | undefined {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof SignInNeeded) return each;
  return undefined;
}
