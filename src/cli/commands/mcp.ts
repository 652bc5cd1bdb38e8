import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { SERVE_FLAGS, type ServeOptions } from '../mcp/serve-flags.js';
import { defineCommand } from '../session/command.js';
import { createSession, type Session } from '../session/session.js';

/** What each action does; loaded when it is called. */
const ACTIONS = {
  async serve(session: Session<ServeOptions>): Promise<number> {
    const { serve } = await import('../mcp/serve.js');
    return serve(session);
  },
};

/** Speaks MCP, the protocol of agents and their tools. */
export const command = defineCommand({
  about:
    'serve offers the plans and runs of this project to an agent, which starts it itself: as tools, as tasks and as ' +
    'resources. A run that needs a person asks through the agent, or waits for the command line. With --http it serves ' +
    'many clients on this machine; the token is in PORTIA_MCP_TOKEN, else in a file that is named on standard error.',
  choices: Object.keys(ACTIONS),
  examples: [
    ['portia mcp serve', 'for an agent that starts it'],
    ['portia mcp serve --plan city.json', 'a plan as a tool of its own'],
  ],
  flags: SERVE_FLAGS,
  async run(invocation) {
    const [action = '', ...others] = invocation.parameters;
    if (!isAction(action)) {
      throw new PortiaError('usage', `${JSON.stringify(action)} is not an action of portia mcp.`, {
        why: `The actions are ${Object.keys(ACTIONS).join(', ')}.`,
        fix: portia('mcp', nearestName(action, Object.keys(ACTIONS)) ?? 'serve'),
      });
    }
    if (others.length > 0) {
      throw new PortiaError('usage', `portia mcp ${action} takes no more words.`, { fix: portia('mcp', '--help') });
    }
    return ACTIONS[action](await createSession(invocation));
  },
});

function isAction(word: string): word is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, word);
}
