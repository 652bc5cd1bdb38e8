import type { Problem } from '../domain/errors.js';
import type { KnownPlans } from '../domain/plan/inner-plans.js';
import type { Plan, PlanInput } from '../domain/plan/plan.js';
import { pathInPointer, stepNumber } from '../domain/plan/step-path.js';
import { namesText } from '../domain/run/who-may-answer.js';
import { bareName } from '../domain/values/names.js';
import { oneLine } from '../domain/values/printable.js';
import { describeSchema } from '../domain/values/schema-words.js';
import { makeLook } from './look.js';
import { planView } from './plan-view.js';

/** What a skill is made of. */
export interface SkilledPlan {
  plan: Plan;
  plans: KnownPlans;
  /** What check says, with its notes. */
  problems: readonly Problem[];
  /** Of the skill: lower case, with dashes. */
  name: string;
  /** Where the plan is, seen from the project. */
  file: string;
}

/** How an agent runs a plan: the text of SKILL.md. */
export function skillPage(skilled: SkilledPlan): string {
  const { plan, plans, problems, name, file } = skilled;
  const { plan_context: context, plan_inputs: inputs } = plan;
  const request = oneLine(context.query);
  const given = inputs
    .filter((input) => input.default === undefined)
    .map(({ name: input }) => ` -i ${bareName(input)}=VALUE`);
  return `---
name: ${name}
description: ${JSON.stringify(`${request}${/[.?!…]$/.test(request) ? '' : '.'} A plan of portia that is checked and ready to run. Use it when somebody asks for this.`)}
---

# ${request}

Run the plan as it is; do not do its steps yourself.

\`\`\`sh
portia run-plan ${file}${given.join('')} --no-prompt --json
\`\`\`

${inputs.length === 0 ? 'It takes no inputs.' : `It takes:\n\n${inputs.map(inputLine).join('\n')}`}

${stopsText(problems)} ${actsText(problems)}

* Exit code 0: the result is \`outputs.final_output.value\`.
* Exit code 8: a person is needed. \`portia list questions --json\` says what is asked, with the command that answers it. Ask the
  person, never answer for them, then \`portia resume RUN --no-prompt --json\`. Do not start the plan anew.
* Exit code 9: a person said no. Stop.
* Any other: \`error\` says what went wrong, and in \`fix\` what to do.

What was done is never done again, and \`portia show RUN\` says what it was.

The steps:

\`\`\`text
${planView(plan, makeLook({ now: new Date(0), columns: 100 }), { plans })
  .trimEnd()
  .replaceAll('```', "'''")}
\`\`\`
`;
}

function inputLine({ name, description, default: standard, schema }: PlanInput): string {
  const kind = schema === undefined ? undefined : describeSchema(schema);
  const about = [description, kind].flatMap((text) =>
    text === undefined || text === null || text === '' ? [] : [oneLine(text)],
  );
  const value = standard === undefined ? 'required' : `default: \`${JSON.stringify(standard)}\``;
  return `* \`${bareName(name)}\` (${value})${about.length === 0 ? '' : `: ${about.join('; ')}`}`;
}

function stopsText(problems: readonly Problem[]): string {
  const at = notesOf(problems, 'asks-a-person').map(({ pointer }) => stepNumber(pathInPointer(pointer)));
  const steps = namesText([...new Set(at)], 'and');
  return steps === undefined ? 'It asks no person.' : `It may stop for a person at ${steps}.`;
}

function actsText(problems: readonly Problem[]): string {
  const tools = notesOf(problems, 'acts').map(({ about = '' }) => about.replace(/ \(.*\)$/, ''));
  const names = namesText([...new Set(tools)], 'and');
  return names === undefined ? 'It only reads.' : `It changes something outside with ${names}.`;
}

function notesOf(problems: readonly Problem[], rule: string): Problem[] {
  return problems.filter((problem) => problem.severity === 'note' && problem.rule === rule);
}
