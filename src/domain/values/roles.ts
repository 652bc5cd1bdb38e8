/** What a person may do in the pages: see everything, answer questions, start, resume and cancel runs. */
export const ROLES = ['look', 'answer', 'run'] as const;

export type Role = (typeof ROLES)[number];

/** Those that somebody keeps of whom a second factor is needed from this role on, and who has none. */
export function withoutSecondFactor(given: readonly Role[], from: Role): Role[] {
  return given.filter((role) => ROLES.indexOf(role) < ROLES.indexOf(from));
}

/** The roles in their order, with `look`, which the others need. Nobody who has none gets it. */
export function withLook(given: readonly Role[]): Role[] {
  return ROLES.filter((role) => given.includes(role) || (role === 'look' && given.length > 0));
}
