import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { SERVE_FLAGS, type ServeOptions } from '../mcp/serve-flags.js';
import { ADD_FLAGS, type AddOptions } from '../mcp/server-flags.js';
import { defineCommand } from '../session/command.js';
import { createSession, type Session } from '../session/session.js';
import { unknownAction } from '../session/unknown-action.js';

/** What each action does; loaded when it is called. */
const ACTIONS = {
  add: async (session, words) => (await servers()).add(session, words),
  list: async (session) => (await servers()).list(session),
  show: async (session, words) => (await servers()).show(session, words),
  test: async (session, words) => (await servers()).test(session, words),
  remove: async (session, words) => (await servers()).remove(session, words),
  async serve(session) {
    const { serve } = await import('../mcp/serve.js');
    return serve(session);
  },
} satisfies Record<string, (session: Session<ServeOptions & AddOptions>, words: string[]) => Promise<number>>;

const servers = async () => import('../mcp/servers.js');

/** How many words follow each action; `add` takes the words of a command. */
const MOST_WORDS: Record<keyof typeof ACTIONS, number> = {
  add: Infinity,
  list: 0,
  show: 1,
  test: 1,
  remove: 1,
  serve: 0,
};

/** Speaks MCP, the protocol of agents and their tools. */
export const command = defineCommand({
  about:
    'add writes a server into .mcp.json, so that its tools are used. list, show, test and remove work on the servers there. ' +
    'serve offers the plans and runs of this project to an agent, which starts it itself: as tools, as tasks and as ' +
    'resources. A run that needs a person asks through the agent, or waits for the command line. With --http it serves ' +
    'many clients on this machine; the token is in PORTIA_MCP_TOKEN, else in a file that is named on standard error.',
  choices: Object.keys(ACTIONS),
  examples: [
    ['portia mcp add notes -- node notes.mjs', 'a program; or give an address in place of -- and the command'],
    ['portia mcp list', 'the servers that the project names'],
    ['portia mcp test notes', 'starts it, and lists its tools'],
    ['portia mcp serve', 'for an agent that starts it'],
    ['portia mcp serve --plan city.json', 'a plan as a tool of its own'],
  ],
  flags: { ...ADD_FLAGS, ...SERVE_FLAGS },
  async run(invocation) {
    const [action = '', ...others] = invocation.parameters;
    if (!isAction(action)) throw unknownAction('mcp', action, { actions: Object.keys(ACTIONS), usual: 'serve' });
    if (others.length > MOST_WORDS[action]) {
      throw new PortiaError('usage', `portia mcp ${action} does not take ${JSON.stringify(others.at(-1))}.`, {
        fix: portia('mcp', '--help'),
      });
    }
    return ACTIONS[action](await createSession(invocation), others);
  },
});

function isAction(word: string): word is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, word);
}
