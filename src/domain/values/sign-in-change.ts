/** How the way in which a person signs in can change. */
export const SIGN_IN_CHANGES = ['password', 'second factor', 'no second factor', 'recovery code'] as const;

/** A change that the person is told of. */
export interface SignInChange {
  what: (typeof SIGN_IN_CHANGES)[number];
  /** ISO 8601, UTC. */
  at: string;
  /** The person has said that they know. */
  seen?: true | undefined;
}

/** What the person is told, before the time. */
export const CHANGE_WORDS: Readonly<Record<SignInChange['what'], string>> = {
  password: 'Your password was changed',
  'second factor': 'You got a new second factor',
  'no second factor': 'Your second factor was taken away',
  'recovery code': 'A recovery code of yours was used to sign in',
};
