import { flag, type OptionsOf } from '../session/flags.js';

/** Flags of `mcp add`: how the server is reached, and what it gets. */
export const ADD_FLAGS = {
  transport: flag.text('--transport <way>', 'stdio (default), http or sse', { choices: ['stdio', 'http', 'sse'] }),
  env: flag.list(
    '-e, --env <name=value>',
    'a variable that the program gets; ${NAME} takes it from yours (repeatable)',
  ),
  header: flag.list('-H, --header <name: value>', 'a header of each request; ${NAME} is a variable (repeatable)'),
  believe: flag.toggle('--believe', 'believe what its tools say of themselves, as that they only read'),
};

/** Flags of `mcp sign-in`. */
export const SIGN_IN_FLAGS = {
  wait: flag.text('--wait <duration>', 'how long to wait for the browser: 90s, 30m (default: 10m)'),
};

export type SignInOptions = OptionsOf<typeof SIGN_IN_FLAGS>;

export type AddOptions = OptionsOf<typeof ADD_FLAGS>;
