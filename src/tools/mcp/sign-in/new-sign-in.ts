import { randomBytes } from 'node:crypto';

import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
} from '@modelcontextprotocol/client';

import { requireSafe } from './authorization-fetch.js';
import type { SignInRecord } from './sign-in-record.js';

/** The server does not say where people sign in: it wants something else. */
export class NoSignIn extends Error {}

/** This program as a person registered it at a server where programs cannot do so themselves. */
export interface RegisteredClient {
  id: string;
  /** Where a browser comes back to; undefined when any port will do. */
  port: number | undefined;
}

/** Gives the package what it needs to find out where a person signs in, and keeps what it found. */
export class NewSignIn implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly #server: SignInRecord['server'];
  readonly #before: SignInRecord | undefined;
  readonly #registered: RegisteredClient | undefined;
  readonly #state = randomBytes(32).toString('base64url');
  #issuer: string | undefined;
  #client: StoredOAuthClientInformation | undefined;
  #resource: string | undefined;
  #verifier = '';
  #url: URL | undefined;

  constructor(parts: {
    server: SignInRecord['server'];
    redirectUrl: string;
    before: SignInRecord | undefined;
    registered: RegisteredClient | undefined;
  }) {
    this.#server = parts.server;
    this.redirectUrl = parts.redirectUrl;
    this.#before = parts.before;
    this.#registered = parts.registered;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'Portia',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  state(): string {
    return this.#state;
  }

  /** A registration holds for one server and one address to come back to. */
  clientInformation({ issuer = '' }: { issuer?: string } = {}): StoredOAuthClientInformation | undefined {
    const { client, redirect_url: redirectUrl, issuer: known } = this.#before ?? {};
    if (this.#registered !== undefined) this.#client = { client_id: this.#registered.id, issuer };
    else if (client !== undefined && redirectUrl === this.redirectUrl && known === this.#issuer) {
      this.#client = { ...client, issuer };
    }
    return this.#client;
  }

  saveClientInformation(client: StoredOAuthClientInformation): void {
    this.#client = client;
  }

  /** None, so that the package asks for new ones. */
  tokens(): undefined {
    return undefined;
  }

  saveTokens(): void {
    throw new Error('A sign-in was over before the person was asked.');
  }

  saveDiscoveryState({ authorizationServerUrl, authorizationServerMetadata: metadata }: OAuthDiscoveryState): void {
    if (metadata === undefined) throw new NoSignIn();
    this.#issuer = authorizationServerUrl;
  }

  saveResourceUrl(url: string): void {
    this.#resource = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  redirectToAuthorization(url: URL): void {
    requireSafe(url, new URL(this.#server.url));
    this.#url = url;
  }

  /** What is to be kept until the person comes back. */
  record(demandedScope: string, since: number): SignInRecord {
    const [issuer, client, url] = [this.#issuer, this.#client, this.#url];
    if (issuer === undefined || client === undefined || url === undefined) {
      throw new Error('A sign-in was begun without a place for it.');
    }
    const { client_id, client_secret: secret } = client;
    const method = 'token_endpoint_auth_method' in client ? client.token_endpoint_auth_method : undefined;
    return {
      version: 1,
      server: this.#server,
      issuer,
      client: {
        client_id,
        ...(secret !== undefined && { client_secret: secret }),
        ...(method !== undefined && { token_endpoint_auth_method: method }),
      },
      redirect_url: this.redirectUrl,
      ...(this.#resource !== undefined && { resource: this.#resource }),
      ...(this.#before?.tokens !== undefined && this.#before.issuer === issuer && { tokens: this.#before.tokens }),
      waiting: {
        url: url.href,
        state: this.#state,
        code_verifier: this.#verifier,
        demanded_scope: demandedScope,
        since,
      },
    };
  }
}
