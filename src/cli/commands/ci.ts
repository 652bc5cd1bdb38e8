import { defineCommand } from '../session/command.js';
import { CI_FLAGS } from '../ci/options.js';
import { unknownAction } from '../session/actions.js';

/** Plans and runs in the workflows of a platform. */
export const command = defineCommand({
  choices: ['github'],
  about:
    'It reads the event of the workflow: a pull request gets a comment with its plan, a comment of a member approves or ' +
    'answers (/portia approve, /portia answer NAME=VALUE), and any other start runs the plan. Writes the summary of the ' +
    'job, annotations, and the outputs state, run-id, exit-code and questions. portia help ci has the workflow.',
  examples: [['portia ci github plan.json', 'in a step of a workflow']],
  flags: CI_FLAGS,
  async run(invocation) {
    const [service = '', file] = invocation.parameters;
    if (service !== 'github') throw unknownAction('ci', service, { actions: ['github'], usual: 'github' });
    const { githubJob } = await import('../ci/github.js');
    return githubJob(invocation, file);
  },
});
