import type { Problem } from '../../domain/errors.js';
import { countPlan } from '../../domain/plan/inner-plans.js';
import type { PlanChange } from '../../domain/plan/plan-diff.js';
import { pathInPointer, placeOf } from '../../domain/plan/step-path.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { ReportedPlan } from '../../domain/reported.js';
import { describeSchema } from '../../domain/values/schema-words.js';
import { grouped } from '../brief-value.js';
import { icon } from '../pages/icons.js';
import { markup, type Markup } from '../pages/markup.js';
import { changesView } from '../pages/plan-changes.js';
import { briefView } from '../pages/value-view.js';
import { withDollar } from '../step-notes.js';
import { contents, figures, reportDocument, reportHead, section } from './document.js';
import type { ReportContext } from './run-report.js';
import { planDrawing } from './plan-section.js';

/** The report of a plan; `before`: the one that it is compared with. */
export function planReport(
  reported: ReportedPlan,
  { now, times, before }: ReportContext & { before?: { plan: Plan; changes: readonly PlanChange[] } | undefined },
): string {
  const { plan, problems } = reported;
  const title = plan.plan_context.query;
  const sections = [
    ...(before === undefined
      ? []
      : [
          {
            id: 'changes',
            heading: 'What differs',
            note: `From ${before.plan.id}.`,
            content: changesView(before.changes, { before: before.plan, after: plan }),
          },
        ]),
    ...problemsSection(problems),
    ...inputsSection(plan),
    {
      id: 'plan',
      heading: 'Plan',
      note: 'Amber may stop for a person. The bolt marks what changes something outside.',
      content: planDrawing(plan, {
        id: 'plan',
        plans: reported.plans,
        isReading: reported.isReading,
        ...marksOf(problems),
      }),
    },
    {
      id: 'proof',
      heading: 'Origin',
      content: markup`<dl class="proof"><dt>Plan</dt><dd class="mono">${plan.id}</dd></dl>`,
    },
  ];
  const made = { time: now.toISOString(), text: times.full(now.toISOString()) };
  const head = reportHead(
    { about: before === undefined ? 'Report of a plan' : 'Two plans compared', title, made, zone: times.zone },
    markup`${figures(planFigures(reported))}${contents(sections)}`,
  );
  return reportDocument({
    title,
    main: markup`${head}${sections.map((each) => section(each.id, each, each.content))}`,
  });
}

function planFigures({ plan, plans, problems }: ReportedPlan): [string, string][] {
  const { steps, tools, calls } = countPlan(plan, plans);
  return [
    ['Steps', grouped(steps)],
    ['Tools', grouped(tools.length)],
    ['Model calls', calls.open ? `${grouped(calls.least)} or more` : grouped(calls.least)],
    ['May stop for a person', `at ${grouped(pathsOf(problems, 'asks-a-person').size)} steps`],
  ];
}

function pathsOf(problems: readonly Problem[], rule: string): Set<string> {
  const found = problems.filter((problem) => problem.severity === 'note' && problem.rule === rule);
  return new Set(found.map(({ pointer }) => pathInPointer(pointer)));
}

function marksOf(problems: readonly Problem[]) {
  return { asks: pathsOf(problems, 'asks-a-person'), acts: pathsOf(problems, 'acts') };
}

function problemsSection(problems: readonly Problem[]): { id: string; heading: string; content: Markup }[] {
  const found = problems.filter(({ severity }) => severity !== 'note');
  if (found.length === 0) return [];
  const items = found.map(({ severity, message, pointer }) => {
    const isError = severity === 'error';
    return markup`<li class="problem${!isError && markup` warn`}">${icon(isError ? 'failed' : 'warning', isError ? 's-fail' : 's-ask')}<p><span class="sr">${severity}: </span>${message}</p><span class="at">${placeOf(pointer) || 'the whole'}</span></li>`;
  });
  return [{ id: 'check', heading: 'Check', content: markup`<ol>${items}</ol>` }];
}

function inputsSection({ plan_inputs: inputs }: Plan): { id: string; heading: string; content: Markup }[] {
  if (inputs.length === 0) return [];
  const rows = inputs.map(({ name, description, default: standard, schema }) => {
    const kind = schema === undefined ? '' : describeSchema(schema);
    const about = [description, kind].filter((text) => text !== undefined && text !== '').join('; ');
    return markup`<div class="value"><h3><span class="name">${withDollar(name)}</span><span>${standard === undefined ? 'required' : briefView(standard)}</span><span class="meta">${about}</span></h3></div>`;
  });
  return [{ id: 'inputs', heading: 'Inputs', content: markup`${rows}` }];
}
