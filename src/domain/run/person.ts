/** Who answered: as the machine knows the user, and the name that was given with --by. */
export type Person = {
  user: string;
  host: string;
  name?: string | undefined;
};

/** `Ada (ada@laptop)`, or `ada@laptop` without a name. */
export function personText({ user, host, name }: Person): string {
  return name === undefined ? `${user}@${host}` : `${name} (${user}@${host})`;
}
