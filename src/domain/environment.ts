/** The variables of a process, as they were given to it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The name of a variable, as shells take it. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A variable in a text of settings: `${NAME}`. */
export const VARIABLE_IN_TEXT = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
