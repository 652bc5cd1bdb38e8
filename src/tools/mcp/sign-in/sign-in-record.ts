import * as z from 'zod';

const text = z.string().min(1);

/** What is kept of a sign-in at a server over HTTP. Most of its texts are secrets. */
export const signInRecordSchema = z.object({
  version: z.literal(1),
  server: z.object({ name: text, url: text }),
  /** The address of the server that signs people in. */
  issuer: text,
  /** This program, as that server registered it. */
  client: z.object({
    client_id: text,
    client_secret: text.exactOptional(),
    token_endpoint_auth_method: text.exactOptional(),
  }),
  /** Where a browser comes back to, on this machine. */
  redirect_url: text,
  /** What tokens are asked for, as the server calls itself. */
  resource: text.exactOptional(),
  /** There when somebody is signed in. */
  tokens: z
    .object({
      access_token: text,
      refresh_token: text.exactOptional(),
      /** What the tokens were asked for. */
      asked_scope: z.string(),
      /** What they were given for. */
      scope: z.string(),
    })
    .exactOptional(),
  /** There while a person is asked to sign in. */
  waiting: z
    .object({
      /** Where the person signs in. */
      url: text,
      state: text,
      code_verifier: text,
      /** What the server demanded; empty when it demanded nothing in particular. */
      demanded_scope: z.string(),
      /** Milliseconds since 1970. */
      since: z.int(),
    })
    .exactOptional(),
});

export type SignInRecord = z.infer<typeof signInRecordSchema>;

/** Where one sign-in is kept. */
export interface SignInFile {
  read(): SignInRecord | undefined;
  write(record: SignInRecord): void;
  /** False when there was nothing. */
  remove(): boolean;
  /** Does the work while no other process changes the sign-in. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
}
