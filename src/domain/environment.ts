/** The variables of a process, as they were given to it. */
export type Environment = Readonly<Record<string, string | undefined>>;
