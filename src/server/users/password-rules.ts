import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

import { typedPassword } from './typed-password.js';

/** Characters: OWASP ASVS 2.1.1 and 2.1.2. */
const [LEAST, MOST] = [12, 128];
/** From this on guessing takes more than 100 million tries. */
const LEAST_SCORE = 3;

/** How a text would do as the password of a person. */
export interface PasswordStrength {
  /** How hard it is to guess: from 0, one of the first that are tried, to 4. */
  score: number;
  /** Why it cannot be the password, as a clause. */
  problem: string | undefined;
}

export type PasswordRules = (password: string, name: string) => PasswordStrength;

/** What passwords must be like. Pages have the same, for a password that is being typed; so this needs nothing of Node. */
export function passwordRules(): PasswordRules {
  const guessing = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return (password, name) => {
    const typed = typedPassword(password);
    const { length } = Array.from(typed);
    if (length > MOST) return { score: 0, problem: `has more than ${MOST} characters` };
    const { score } = guessing.check(typed, [name, ...name.split(' '), 'portia']);
    if (length < LEAST) return { score, problem: `has ${length} characters, and at least ${LEAST} are needed` };
    return { score, problem: score < LEAST_SCORE ? 'is easy to guess' : undefined };
  };
}
