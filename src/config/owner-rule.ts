/** A part of a project, and who owns it. */
export interface OwnedPart {
  path: string;
  /** Numeric id of a user. */
  ownerId: number;
}

/** Who uses a project. */
export interface ProjectUser {
  /** Undefined where the system has no such ids: there, everything counts as the user's own. */
  userId: number | undefined;
  /** Whoever became root with sudo. */
  sudoUserId: number | undefined;
  /** Others whose files count, too. */
  trustedOwners: readonly number[];
}

const ROOT = 0;

/**
 * The parts that belong to somebody else. Files of root count as the user's own: root could change every file anyway.
 */
export function partsOfOthers<Part extends OwnedPart>(parts: readonly Part[], user: ProjectUser): Part[] {
  const { userId, sudoUserId, trustedOwners } = user;
  if (userId === undefined) return [];
  const own = new Set([ROOT, userId, ...trustedOwners]);
  if (userId === ROOT && sudoUserId !== undefined) own.add(sudoUserId);
  return parts.filter(({ ownerId }) => !own.has(ownerId));
}
