import { timingSafeEqual } from 'node:crypto';

import type * as client from '@modelcontextprotocol/client';
import type { OAuthTokens } from '@modelcontextprotocol/client';

import { oneLine } from '../../../domain/values/printable.js';
import { cutText } from '../../../domain/values/cut-text.js';
import { describeThrown } from '../../../domain/values/thrown.js';
import { ServerFault } from '../server-fault.js';
import { authorizationFetch, requireSafe, unusable } from './authorization-fetch.js';
import { NewSignIn, NoSignIn, type RegisteredClient } from './new-sign-in.js';
import { awaitRedirect, freeRedirectUrl, redirectUrlAt } from './redirect-listener.js';
import { SignInNeeded } from './sign-in-needed.js';
import type { SignInFile, SignInRecord } from './sign-in-record.js';

export interface SignInParts {
  server: SignInRecord['server'];
  file: SignInFile;
  client?: RegisteredClient | undefined;
  /** Hides a text in all that is printed or stored. */
  hide(secret: string): void;
  /** Called before a person is asked. */
  onBegin?(): void;
}

/** What a server demands of whoever calls it. */
export interface Challenge {
  /** It knows who calls, and wants more rights than those were given. */
  isForScope: boolean;
  scope: string;
  /** Where it says who signs people in. */
  metadataUrl?: URL | undefined;
}

/** The server failed, or the package could not read its answer: the tokens may still be good. */
const SERVER_ERROR = 'server_error';

/** What the server that signs people in calls a program that it does not know any more. */
const CLIENT_REFUSED: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client']);

/** How long the same address is shown to a person who has not signed in yet. */
const SAME_ADDRESS_MS = 24 * 60 * 60 * 1_000;

/** How a person is signed in at one server. Its faults are ServerFaults. */
export class SignIn {
  readonly #parts: SignInParts;
  #token: string | undefined;
  #renewing: Promise<string | undefined> | undefined;
  /** The server that signs people in has forgotten this program, which registers itself anew. */
  #isClientRefused = false;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Whether a person was asked to sign in, and perhaps has done so. */
  get isBegun(): boolean {
    return this.#read() !== undefined;
  }

  get isSignedIn(): boolean {
    return this.#read()?.tokens !== undefined;
  }

  /** Where a person is asked to sign in now; undefined when nobody is asked. */
  get waitsAt(): string | undefined {
    return this.#read()?.waiting?.url;
  }

  /** What a request to the server brings. */
  token(): string | undefined {
    this.#token ??= this.#read()?.tokens?.access_token;
    return this.#token;
  }

  /**
   * Another token in place of one that the server refuses. Undefined when the server does not want a sign-in. Rejects with
   * SignInNeeded when a person must sign in, and with other faults when that cannot be told now.
   */
  async renew(refused: string | undefined, challenge: Challenge): Promise<string | undefined> {
    if (this.#token !== refused) return this.#token;
    const { file } = this.#parts;
    this.#renewing ??= file
      .alone(async () => this.#renew(refused, challenge))
      .finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renew(refused: string | undefined, challenge: Challenge): Promise<string | undefined> {
    const record = this.#read();
    const kept = record?.tokens?.access_token;
    // Another process has renewed it meanwhile.
    if (kept !== undefined && kept !== refused) return (this.#token = kept);
    this.#token = undefined;
    if (!challenge.isForScope && (await this.#refresh(record))) return this.token();
    await this.#begin(challenge);
    return undefined;
  }

  /** Asks for new tokens without a person; false when a person is needed. */
  async #refresh(record: SignInRecord | undefined): Promise<boolean> {
    const { tokens } = record ?? {};
    if (record === undefined || tokens?.refresh_token === undefined) return false;
    const sdk = await import('@modelcontextprotocol/client');
    try {
      const given = await sdk.refreshAuthorization(record.issuer, {
        ...(await this.#partsOf(sdk, record)),
        refreshToken: tokens.refresh_token,
      });
      this.#keep(record, given, tokens.asked_scope);
      return true;
    } catch (error) {
      if (!(error instanceof sdk.OAuthError) || error.code === SERVER_ERROR) throw signInFault(error);
      this.#isClientRefused = CLIENT_REFUSED.has(error.code);
      const { tokens: _refused, ...rest } = record;
      this.#parts.file.write(rest);
      return false;
    }
  }

  /**
   * Finds out where a person signs in, and rejects with SignInNeeded. Resolves when the server does not say that, or when
   * the person has given all that it demands.
   */
  async begin(challenge: Challenge): Promise<void> {
    await this.#parts.file.alone(async () => this.#begin(challenge));
  }

  async #begin(challenge: Challenge): Promise<void> {
    const before = this.#read();
    const demanded = union(before?.tokens?.scope ?? '', challenge.scope);
    if (challenge.isForScope && isWithin(demanded, before?.tokens?.asked_scope)) return;
    const { waiting } = before ?? {};
    const now = Date.now();
    if (waiting?.demanded_scope === demanded && now - waiting.since < SAME_ADDRESS_MS) throw this.#needed(waiting.url);
    const { server, file, client } = this.#parts;
    const known = this.#isClientRefused ? undefined : before;
    const redirectUrl =
      client?.port === undefined ? await freeRedirectUrl(before?.redirect_url) : redirectUrlAt(client.port);
    const begun = new NewSignIn({ server, before: known, registered: client, redirectUrl });
    const sdk = await import('@modelcontextprotocol/client');
    try {
      await sdk.auth(begun, {
        serverUrl: server.url,
        ...(challenge.metadataUrl !== undefined && { resourceMetadataUrl: challenge.metadataUrl }),
        ...(demanded !== '' && { scope: demanded }),
        forceReauthorization: true,
        fetchFn: authorizationFetch(new URL(server.url)),
      });
    } catch (error) {
      if (error instanceof NoSignIn) return;
      throw signInFault(error);
    }
    const record = begun.record(demanded, now);
    this.#hide(record);
    file.write(record);
    throw this.#needed(record.waiting?.url ?? server.url);
  }

  #needed(url: string): SignInNeeded {
    this.#parts.onBegin?.();
    return new SignInNeeded(url);
  }

  /** Whether a browser that comes back with this was sent to sign in here. */
  isAwaited(params: URLSearchParams): boolean {
    const state = this.#read()?.waiting?.state;
    const given = Buffer.from(params.get('state') ?? '');
    return state !== undefined && given.length === state.length && timingSafeEqual(given, Buffer.from(state));
  }

  /** Signs the person in with what a browser brings. Rejects with a fault when that cannot be done. */
  async finish(params: URLSearchParams): Promise<void> {
    await this.#parts.file.alone(async () => this.#finish(params));
  }

  async #finish(params: URLSearchParams): Promise<void> {
    const record = this.#read();
    const { waiting } = record ?? {};
    if (record === undefined || waiting === undefined || !this.isAwaited(params)) {
      throw unusable('was begun anew meanwhile, or is over');
    }
    const sdk = await import('@modelcontextprotocol/client');
    try {
      const parts = await this.#partsOf(sdk, record);
      const { metadata } = parts;
      const iss = params.get('iss') ?? undefined;
      sdk.validateAuthorizationResponseIssuer({
        iss,
        expectedIssuer: metadata.issuer,
        issParameterSupported: metadata.authorization_response_iss_parameter_supported === true,
      });
      const code = params.get('code');
      if (code === null) throw this.#refused(record, params);
      const tokens = await sdk.exchangeAuthorization(record.issuer, {
        ...parts,
        ...(iss !== undefined && { iss }),
        authorizationCode: code,
        codeVerifier: waiting.code_verifier,
        redirectUri: record.redirect_url,
      });
      const asked = new URL(waiting.url).searchParams.get('scope') ?? '';
      const { waiting: _over, tokens: _before, ...rest } = record;
      this.#keep(rest, tokens, asked);
    } catch (error) {
      throw signInFault(error);
    }
  }

  /** The person said no, or may not sign in. The next question has another address. */
  #refused({ waiting: _over, ...record }: SignInRecord, params: URLSearchParams): ServerFault {
    this.#parts.file.write(record);
    const said = [params.get('error') ?? 'nothing', params.get('error_description') ?? ''].filter(
      (text) => text !== '',
    );
    return unusable(`was refused: ${words(said.join(': '))}`);
  }

  /** Waits on this machine until the person has signed in. Rejects as `finish` and `awaitRedirect` do. */
  async untilSignedIn(signal: AbortSignal, onListening?: () => void): Promise<void> {
    const record = this.#read();
    if (record === undefined) throw unusable('was not begun');
    await awaitRedirect({
      redirectUrl: record.redirect_url,
      signal,
      ...(onListening !== undefined && { onListening }),
      isExpected: (params) => this.isAwaited(params),
      finish: async (params) => this.finish(params),
    });
  }

  /** False when there was nothing. */
  forget(): boolean {
    this.#token = undefined;
    return this.#parts.file.remove();
  }

  async #partsOf(sdk: typeof client, { issuer, client: clientInformation, resource }: SignInRecord) {
    const server = new URL(this.#parts.server.url);
    const fetchFn = authorizationFetch(server);
    const metadata = await sdk.discoverAuthorizationServerMetadata(issuer, { fetchFn });
    if (metadata === undefined) throw unusable(`is not known any more at ${new URL(issuer).host}`);
    requireSafe(new URL(metadata.token_endpoint), server);
    return { metadata, clientInformation, fetchFn, ...(resource !== undefined && { resource }) };
  }

  #keep(record: SignInRecord, given: OAuthTokens, asked: string): void {
    const { access_token, refresh_token: refresh, scope } = given;
    if (given.token_type.toLowerCase() !== 'bearer') throw unusable('gives tokens that portia cannot use');
    const kept = {
      ...record,
      tokens: {
        access_token,
        ...(refresh !== undefined && { refresh_token: refresh }),
        asked_scope: asked,
        scope: scope ?? record.tokens?.scope ?? asked,
      },
    };
    this.#hide(kept);
    this.#parts.file.write(kept);
    this.#token = access_token;
  }

  #read(): SignInRecord | undefined {
    const record = this.#parts.file.read();
    if (record !== undefined) this.#hide(record);
    return record;
  }

  #hide({ tokens, waiting, client: { client_secret: secret } }: SignInRecord): void {
    const secrets = [tokens?.access_token, tokens?.refresh_token, waiting?.code_verifier, secret];
    for (const each of secrets) if (each !== undefined) this.#parts.hide(each);
  }
}

/** Of what the package rejects with. It may quote what a server sent. */
function signInFault(error: unknown): ServerFault {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof ServerFault && each.kind !== 'too-large') return each;
  }
  const said = words(describeThrown(error));
  // Both errors of the package about it have these words and no code.
  const isForRegistered = /dynamic client registration/i.test(said);
  const advice = isForRegistered ? '; register portia there, and name its "oauth": {"clientId": …} in the entry' : '';
  return unusable(`cannot be used: ${said}${advice}`);
}

const words = (text: string): string => cutText(oneLine(text), 300);

function union(...scopes: string[]): string {
  return [...new Set(scopes.flatMap((scope) => scope.split(/\s+/)))].filter((scope) => scope !== '').join(' ');
}

function isWithin(scope: string, whole: string | undefined): boolean {
  if (whole === undefined) return false;
  const all = whole.split(' ');
  return scope.split(' ').every((each) => all.includes(each));
}
