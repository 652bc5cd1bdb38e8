import { getCookie, setCookie } from 'hono/cookie';

import type { WebContext } from './context.js';
import type { Door } from './entrance.js';
import { isHttps, originAsked } from './origins.js';
import type { Visitor } from './sessions.js';

/** The secret of the session that a browser brings. */
export function broughtSession(context: WebContext, door: Door): string | undefined {
  return getCookie(context, cookieOf(context, door).name);
}

/** Begins a session of this browser. One that it had before ends. */
export function letIn(context: WebContext, door: Door, visitor: Visitor): void {
  letOut(context, door);
  const { name, options } = cookieOf(context, door);
  setCookie(context, name, door.sessions.open(visitor), options);
}

/** Ends the session of this browser. */
export function letOut(context: WebContext, door: Door): void {
  const { name, options } = cookieOf(context, door);
  const id = getCookie(context, name);
  if (id === undefined) return;
  door.sessions.close(id);
  setCookie(context, name, '', { ...options, maxAge: 0 });
}

/** By https with the prefix that keeps other servers of the same domain from setting it. */
function cookieOf(context: WebContext, door: Door) {
  const secure = isHttps(originAsked(context, door));
  const options = { httpOnly: true, sameSite: 'Strict', path: '/', secure } as const;
  return { name: secure ? `__Host-${door.cookie}` : door.cookie, options };
}
