import { extractWWWAuthenticateParams, type FetchLike } from '@modelcontextprotocol/client';

import type { Challenge, SignIn } from './sign-in.js';

/** Requests to a server that bring what the person's sign-in gave, and a new one in place of one that is over. */
export function signedFetch(server: URL, signIn: SignIn, send: FetchLike): FetchLike {
  return async (url, init) => {
    // Nobody else gets the token, whatever the server says.
    if (new URL(url).origin !== server.origin) return send(url, init);
    const token = signIn.token();
    const response = await send(url, withToken(init, token));
    const challenge = challengeOf(response);
    if (challenge === undefined) return response;
    const renewed = await signIn.renew(token, challenge);
    if (renewed === undefined) return response;
    await response.body?.cancel();
    const again = await send(url, withToken(init, renewed));
    const stillWanted = challengeOf(again);
    if (stillWanted !== undefined) await signIn.begin(stillWanted);
    return again;
  };
}

function withToken(init: RequestInit | undefined, token: string | undefined): RequestInit | undefined {
  if (token === undefined) return init;
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}

/** Undefined for an answer that does not ask for a sign-in. */
function challengeOf(response: Response): Challenge | undefined {
  if (response.status !== 401 && response.status !== 403) return undefined;
  const { error, scope = '', resourceMetadataUrl: metadataUrl } = extractWWWAuthenticateParams(response);
  const isForScope = response.status === 403;
  if (isForScope && error !== 'insufficient_scope') return undefined;
  return { isForScope, scope, metadataUrl };
}
