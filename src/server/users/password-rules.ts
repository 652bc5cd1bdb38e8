import { typedPassword } from './password.js';

/** Characters: OWASP ASVS 2.1.1 and 2.1.2. */
const [LEAST, MOST] = [12, 128];
/** From this on guessing takes more than 100 million tries. */
const LEAST_SCORE = 3;

/** Why a text cannot be the password of a person, as a clause; undefined when it can. */
export type PasswordRules = (password: string, name: string) => string | undefined;

/** What passwords must be like. The list of those that people take most, and the rules of guessing, are loaded for it. */
export async function passwordRules(): Promise<PasswordRules> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const guessing = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return (password, name) => {
    const typed = typedPassword(password);
    const { length } = Array.from(typed);
    if (length < LEAST) return `has ${length} characters, and at least ${LEAST} are needed`;
    if (length > MOST) return `has more than ${MOST} characters`;
    return guessing.check(typed, [name, ...name.split(' '), 'portia']).score < LEAST_SCORE
      ? 'is easy to guess'
      : undefined;
  };
}
