import { createHash, timingSafeEqual } from 'node:crypto';

import {
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
} from '@modelcontextprotocol/server';

/**
 * Refuses a request that a page in a browser could have made under another name of this machine, and one without the
 * token; undefined when it may be heard.
 */
export function guardResponse(request: Request, token: string): Response | undefined {
  return (
    hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
    originValidationResponse(request, localhostAllowedOrigins()) ??
    tokenResponse(request, token)
  );
}

function tokenResponse({ headers }: Request, token: string): Response | undefined {
  const [, given] = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  if (given !== undefined && timingSafeEqual(digestOf(given), digestOf(token))) return undefined;
  const error = { code: -32_001, message: 'This server needs its token: Authorization: Bearer TOKEN.' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });
}

// Digests have the same length, which the comparison needs.
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
