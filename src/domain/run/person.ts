/** Who can vouch for a name: a rule of the machine, a login, a signed link, a platform (CI), or the program around. */
export const VOUCHERS = ['machine', 'login', 'link', 'platform', 'program'] as const;

/** Who answered: as the machine knows the user, and the name that was given with --by or that somebody vouches for. */
export type Person = {
  user: string;
  host: string;
  name?: string | undefined;
  /** Absent when only the person says the name. */
  vouched_by?: (typeof VOUCHERS)[number] | undefined;
};

/** `Ada (ada@laptop)`, or `ada@laptop` without a name. */
export function personText({ user, host, name }: Person): string {
  return name === undefined ? `${user}@${host}` : `${name} (${user}@${host})`;
}

/** The name that counts where a question is for named people: one that somebody vouches for, else that of the user. */
export function countingName({ user, name, vouched_by: voucher }: Person): string {
  return voucher === undefined || name === undefined ? user : name;
}
