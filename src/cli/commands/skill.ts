import { saveSkill } from '../plans/save-skill.js';
import { refuseExtraWords, requireAction } from '../session/actions.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import { flag } from '../session/flags.js';
import { createSession } from '../session/session.js';

const FLAGS = { name: flag.text('--name <name>', 'of the skill (default: the first words of its request)') };

const ACTIONS = { save: saveSkill };

/** What each is called with, and does. */
const DESCRIBED = {
  save: {
    parameters: '<plan>',
    summary: 'write a plan and how an agent runs it to skills/NAME',
    flags: FLAGS,
  },
} satisfies Record<keyof typeof ACTIONS, CommandAction>;

/** Makes a plan a skill of agents. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: DESCRIBED,
  about:
    'A skill is a folder with SKILL.md, which agents read when they need it. It says how to run the plan, what it takes, ' +
    'where it stops for a person, and what the exit codes mean. Nothing is written over.',
  examples: [['portia skill save plan.json --name add-numbers', 'writes skills/add-numbers']],
  flags: FLAGS,
  async run(invocation) {
    const [word = '', ...words] = invocation.parameters;
    const action = requireAction('skill', word, { actions: ACTIONS, usual: 'save' });
    refuseExtraWords('skill', action, { words, parameters: DESCRIBED[action].parameters });
    return ACTIONS[action](await createSession(invocation), words);
  },
});
