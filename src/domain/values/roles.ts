/** What a person may do in the pages: see everything, answer questions, start, resume and cancel runs. */
export const ROLES = ['look', 'answer', 'run'] as const;

export type Role = (typeof ROLES)[number];

/** The roles in their order, with `look`, which the others need. Nobody who has none gets it. */
export function withLook(given: readonly Role[]): Role[] {
  return ROLES.filter((role) => given.includes(role) || (role === 'look' && given.length > 0));
}
