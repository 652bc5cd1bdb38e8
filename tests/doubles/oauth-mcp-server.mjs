/**
 * An MCP server that lets persons in who have signed in, and the server that signs them in: `node oauth-mcp-server.mjs`.
 * It prints its address, and takes lines of JSON on standard input that set how it behaves from then on:
 *
 * `mode`: what the authorization server does wrong; `scope`: what a call needs; `refresh`: whether it gives refresh tokens;
 * `expire`: every access token that was given is over; `revoke`: every refresh token, too; `forget`: every client; `person`: what the person says.
 *
 * Each request is a line of JSON in the file of LOG.
 */
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const setting = { mode: '', scope: '', refresh: true, person: 'yes' };
/** One is registered by hand. */
const BY_HAND = { client_id: 'by-hand', redirect_uris: [`http://127.0.0.1:${process.env.PORT}/signed-in`] };
const clients = new Map([['by-hand', BY_HAND]]);
const codes = new Map();
const access = new Map();
const refreshes = new Map();
const newText = (kind) => `${kind}-${randomBytes(12).toString('hex')}`;

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => console.log(origin()));
const origin = () => `http://127.0.0.1:${server.address().port}`;

for await (const line of createInterface({ input: process.stdin })) {
  const { expire, revoke, forget, ...others } = JSON.parse(line);
  Object.assign(setting, others);
  if (expire || revoke) access.clear();
  if (revoke) refreshes.clear();
  if (forget) clients.clear();
  console.log('set');
}
server.closeAllConnections();
server.close();

async function answer(request, response) {
  const url = new URL(request.url, origin());
  let body = '';
  for await (const chunk of request) body += chunk;
  const seen = { method: request.method, path: url.pathname, headers: request.headers, body };
  appendFileSync(process.env.LOG, `${JSON.stringify(seen)}\n`);
  const send = (status, value, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  switch (url.pathname) {
    case '/mcp':
      return speak(request, body, { send, response });
    case '/.well-known/oauth-protected-resource/mcp':
      if (setting.mode === 'no-sign-in') return send(404, {});
      return send(200, { resource: `${origin()}/mcp`, authorization_servers: [`${origin()}/as`] });
    case '/.well-known/oauth-authorization-server/as':
      return metadata(send, response);
    case '/register': {
      const client = { ...JSON.parse(body), client_id: newText('client') };
      clients.set(client.client_id, client);
      return setting.mode === 'no-registration' ? send(403, { error: 'access_denied' }) : send(201, client);
    }
    case '/authorize':
      return authorize(url.searchParams, send, response);
    case '/token':
      return token(new URLSearchParams(body), send);
    default:
      return send(404, { path: url.pathname });
  }
}

function metadata(send, response) {
  const { mode } = setting;
  if (mode === 'no-sign-in') return send(404, {});
  if (mode === 'loop') return send(302, {}, { location: '/.well-known/oauth-authorization-server/as' });
  if (mode === 'huge') return send(200, { issuer: 'x'.repeat(3 * 1024 * 1024) });
  if (mode === 'never') return void response.writeHead(200).write('{');
  const endpoints = {
    script: 'javascript:alert(1)',
    elsewhere: 'http://example.com/authorize',
    named: 'http://me:secret@127.0.0.1/authorize',
    long: `${origin()}/authorize?x=${'y'.repeat(9_000)}`,
    control: `${origin()}/authorize?x=\u001b[31mred\u001b[0m\n`,
  };
  return send(200, {
    issuer: mode === 'other-issuer' ? 'http://127.0.0.1:9/as' : `${origin()}/as`,
    authorization_endpoint: endpoints[mode] ?? `${origin()}/authorize`,
    token_endpoint: mode === 'token-elsewhere' ? 'http://example.com/token' : `${origin()}/token`,
    registration_endpoint: `${origin()}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: mode === 'plain-only' ? ['plain'] : ['S256'],
    authorization_response_iss_parameter_supported: true,
  });
}

function authorize(params, send, response) {
  const client = clients.get(params.get('client_id'));
  const redirect = params.get('redirect_uri');
  if (client === undefined || !client.redirect_uris.includes(redirect)) return send(400, { error: 'invalid_client' });
  const back = new URL(redirect);
  back.searchParams.set('state', params.get('state'));
  back.searchParams.set('iss', setting.mode === 'mix-up' ? 'http://127.0.0.1:9/as' : `${origin()}/as`);
  if (setting.person === 'no') {
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', 'The person\u001b[31m said no.');
  } else {
    const code = newText('code');
    codes.set(code, Object.fromEntries(params));
    back.searchParams.set('code', code);
  }
  return response.writeHead(302, { location: back.href }).end();
}

function token(params, send) {
  if (setting.mode === 'token-down') return send(503, {});
  const refused = (error) => send(400, { error });
  if (!clients.has(params.get('client_id'))) return refused('invalid_client');
  const given = { code: codes, refresh_token: refreshes };
  const kind = params.get('grant_type') === 'refresh_token' ? 'refresh_token' : 'code';
  const grant = given[kind].get(params.get(kind));
  // Each may be used once.
  given[kind].delete(params.get(kind));
  if (grant === undefined || grant.client_id !== params.get('client_id')) return refused('invalid_grant');
  if (kind === 'code') {
    const challenge = createHash('sha256').update(params.get('code_verifier')).digest('base64url');
    if (challenge !== grant.code_challenge || grant.redirect_uri !== params.get('redirect_uri')) {
      return refused('invalid_grant');
    }
  }
  if (params.get('resource') !== `${origin()}/mcp`) return refused('invalid_target');
  const { client_id, scope = '' } = grant;
  const made = { access_token: newText('access'), token_type: 'Bearer', expires_in: 3600 };
  access.set(made.access_token, { scope });
  if (setting.refresh) {
    made.refresh_token = newText('refresh');
    refreshes.set(made.refresh_token, { client_id, scope });
  }
  return send(200, made);
}

function covers(scope, wanted) {
  return wanted === '' || scope.split(' ').includes(wanted);
}

function speak(request, body, { send, response }) {
  const [, bearer] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const { id, method, params } = body === '' ? {} : JSON.parse(body);
  const known = access.get(bearer);
  const challenge = (more) => ({
    'www-authenticate': `Bearer resource_metadata="${origin()}/.well-known/oauth-protected-resource/mcp"${more}`,
  });
  if (known === undefined) {
    return send(401, { error: 'unauthorized' }, setting.mode === 'no-sign-in' ? {} : challenge(''));
  }
  if (request.method !== 'POST') return response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
  if (method === 'tools/call' && (setting.mode === 'never-enough' || !covers(known.scope, setting.scope))) {
    return send(403, {}, challenge(`, error="insufficient_scope", scope="${setting.scope}"`));
  }
  if (id === undefined) return response.writeHead(202).end();
  const reply = (result) => send(200, { jsonrpc: '2.0', id, result });
  switch (method) {
    case 'initialize':
      return reply({
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'tickets', version: '1.0.0' },
      });
    case 'tools/list':
      return reply({ tools: [{ name: 'book', description: 'Books a ticket.', inputSchema: { type: 'object' } }] });
    case 'tools/call':
      // A server may repeat what it was sent.
      return reply({ content: [{ type: 'text', text: `booked with ${bearer}` }] });
    default:
      return send(200, {
        jsonrpc: '2.0',
        id,
        error: { code: -32601, message: `no ${method} ${JSON.stringify(params)}` },
      });
  }
}
