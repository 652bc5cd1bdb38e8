import { SERVE_FLAGS, type ServeOptions } from '../mcp/serve-flags.js';
import { ADD_FLAGS, SIGN_IN_FLAGS, type AddOptions, type SignInOptions } from '../mcp/server-flags.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import { createSession, type Session } from '../session/session.js';
import { requireAction } from '../session/actions.js';

/** What each action does; loaded when it is called. */
const ACTIONS = {
  add: async (session, words) => (await servers()).add(session, words),
  list: async (session) => (await servers()).list(session),
  show: async (session, words) => (await servers()).show(session, words),
  test: async (session, words) => (await servers()).test(session, words),
  remove: async (session, words) => (await servers()).remove(session, words),
  async 'sign-in'(session, words) {
    const { signIn } = await import('../mcp/sign-in.js');
    return signIn(session, words);
  },
  async serve(session) {
    const { serve } = await import('../mcp/serve.js');
    return serve(session);
  },
} satisfies Record<
  string,
  (session: Session<ServeOptions & AddOptions & SignInOptions>, words: string[]) => Promise<number>
>;

const servers = async () => import('../mcp/servers.js');

/** What each is called with, and does. */
const DESCRIBED = {
  add: {
    parameters: '<name> <address>|-- <command...>',
    summary: 'write a server into .mcp.json, so that its tools are used',
    about:
      'It is a program that portia starts, behind --, or an address. Its tools are listed with what they say of ' +
      'themselves, and you are asked whether to believe that.',
    flags: ADD_FLAGS,
  },
  list: { parameters: '', summary: 'the servers of .mcp.json, used or not', flags: {} },
  show: { parameters: '<name>', summary: 'a server, with its tools as they were listed last', flags: {} },
  test: { parameters: '<name>', summary: 'start or reach a server now, and list its tools', flags: {} },
  'sign-in': {
    parameters: '<name> [<address>]',
    summary: 'sign in at a server over HTTP',
    about:
      'It prints an address, and waits for your browser to come back, 10 minutes unless --wait says otherwise. From a ' +
      'browser of another machine, give the address at which it ended.',
    flags: SIGN_IN_FLAGS,
  },
  remove: { parameters: '<name>', summary: 'take a server out of .mcp.json, and out of the settings', flags: {} },
  serve: {
    parameters: '',
    summary: 'offer the plans and runs of this project to an agent',
    about:
      'The agent starts it itself, and has them as tools, as tasks and as resources. A run that needs a person asks ' +
      'through the agent, or waits for the command line. With --http it serves many clients on this machine; the token ' +
      'is in PORTIA_MCP_TOKEN, else in a file that is named on standard error.',
    flags: SERVE_FLAGS,
  },
} satisfies Record<keyof typeof ACTIONS, CommandAction>;

/** Speaks MCP, the protocol of agents and their tools. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: DESCRIBED,
  examples: [
    ['portia mcp add notes -- node notes.mjs', 'a program; or give an address in place of -- and the command'],
    ['portia mcp list', 'the servers that the project names'],
    ['portia mcp show notes', 'what is known of one'],
    ['portia mcp test notes', 'starts it, and lists its tools'],
    ['portia mcp remove notes', 'forgets it'],
    ['portia mcp serve', 'for an agent that starts it'],
    ['portia mcp serve --plan city.json', 'a plan as a tool of its own'],
  ],
  flags: { ...ADD_FLAGS, ...SIGN_IN_FLAGS, ...SERVE_FLAGS },
  async run(invocation) {
    const [word = '', ...others] = invocation.parameters;
    const action = requireAction('mcp', word, { actions: ACTIONS, usual: 'list' });
    return ACTIONS[action](await createSession(invocation), others);
  },
});
