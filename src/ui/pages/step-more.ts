import { isInside } from '../../domain/plan/step-path.js';
import type { Clarification } from '../../domain/run/clarification.js';
import { isStored, type Output, type Run } from '../../domain/run/run.js';
import { byteSize } from '../brief-value.js';
import { makeLook } from '../look.js';
import { NamedValues } from '../named-values.js';
import type { Attempt } from '../pictures/step-attempts.js';
import type { TimelineRow } from '../pictures/timeline-row.js';
import { isJsonNote, withDollar } from '../step-notes.js';
import { duration } from '../times.js';
import { answerText, personName } from './answer-text.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { state } from './state.js';
import { foldedView } from './value-view.js';

/** Where more of a step is; undefined where there are no such pages. */
export interface StepLinks {
  /** All values. */
  values: string;
  value(name: string): string;
  prompts(path: string): string;
  question(question: Clarification): string;
  run(id: string): string;
}

type Fact = [name: string, value: Inlay];

const look = makeLook({ now: new Date(0) });

/** What is shown when a step of a run is opened: what it took and left, its tries, and what it asked. */
export class StepMore {
  readonly #values: NamedValues;
  readonly #questions = new Map<string, Clarification[]>();
  readonly #links: StepLinks | undefined;

  constructor(run: Run, links?: StepLinks) {
    this.#values = NamedValues.ofRun(run);
    this.#links = links;
    for (const question of run.outputs.clarifications) {
      const path = question.path ?? String(question.step ?? 0);
      this.#questions.set(path, [...(this.#questions.get(path) ?? []), question]);
    }
  }

  of(row: TimelineRow): Markup | undefined {
    if (row.kind !== 'step' || row.record === undefined) return undefined;
    // What is in a block stands below it.
    const own = row.rows.length > 0 ? [] : this.#taken(row);
    const facts = [...own, ...this.#left(row), ...triesOf(row.attempts), ...this.#asked(row.path), ...this.#ways(row)];
    if (facts.length === 0) return undefined;
    const depth = row.path.split('.').length - 1;
    return markup`<div class="more d${Math.min(6, depth)}"><dl>${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl></div>`;
  }

  #taken({ line, title, path }: TimelineRow): Fact[] {
    if (line === undefined) return [];
    const text = line.text !== '' && line.text !== title ? this.#values.fill(line.text, path, look) : '';
    return [
      ...(text === '' ? [] : ([['does', text]] satisfies Fact[])),
      ...line.notes.map((note): Fact => {
        if (!isJsonNote(note)) {
          const filled = this.#values.fill(note.text, path, look);
          return [
            note.label,
            note.label === 'by' || note.label === 'when' ? markup`<span class="mono">${filled}</span>` : filled,
          ];
        }
        const [name = '', ...rest] = this.#values.fillJson(note.text, path, look).split(': ');
        return [note.label, markup`<span class="name">${name}</span> ${plainText(rest.join(': '))}`];
      }),
    ];
  }

  #left({ record, rows }: TimelineRow): Fact[] {
    if (record === undefined) return [];
    const { output, output_name: name = '', error, reason, status, hooked = [] } = record;
    return [
      ...(output === undefined || rows.length > 0 ? [] : ([['left', this.#outputView(name, output)]] satisfies Fact[])),
      ...hooked.map((change): Fact => ['changed', `by the hook ${change}`]),
      ...(error !== undefined && !isInside(error.step, record.path)
        ? ([
            [
              'failed',
              markup`<span class="text">${error.message}</span>${error.why !== undefined && markup`<span class="hint">${error.why}</span>`}`,
            ],
          ] satisfies Fact[])
        : []),
      ...(reason === undefined || status === 'waiting' ? [] : ([[status, reason]] satisfies Fact[])),
    ];
  }

  #outputView(name: string, output: Output): Markup {
    const shown = isStored(output)
      ? markup`${output.summary} <span class="meta">${typeof output.bytes === 'number' ? byteSize(output.bytes) : 'large'}, kept aside</span>`
      : foldedView(output.value);
    const called = name === '' ? undefined : markup`<span class="name">${withDollar(name)}</span> `;
    const whole =
      isStored(output) &&
      this.#links !== undefined &&
      name !== '' &&
      markup` <a href="${this.#links.value(name)}">all of it</a>`;
    return markup`${called}${shown}${whole}`;
  }

  #asked(path: string): Fact[] {
    return (this.#questions.get(path) ?? []).flatMap((question): Fact[] => {
      if (!question.resolved) {
        const link = this.#links !== undefined && markup` <a href="${this.#links.question(question)}">Answer</a>`;
        return [['asks', markup`${question.user_guidance}${link}`]];
      }
      const who = personName(question);
      return [
        ['asked', question.user_guidance],
        ['answer', markup`${answerText(question)}${who !== '' && markup`, ${who}`}`],
      ];
    });
  }

  #ways({ path, line, record }: TimelineRow): Fact[] {
    const links = this.#links;
    if (links === undefined) return [];
    const isOfModel = line?.symbol === 'model' || line?.symbol === 'agent';
    return [
      ...(isOfModel
        ? ([
            ['model', markup`<a href="${links.prompts(path)}">What it was sent, and what it said</a>`],
          ] satisfies Fact[])
        : []),
      ...(record?.sub_run === undefined
        ? []
        : ([
            ['run', markup`<a class="mono" href="${links.run(record.sub_run)}">${record.sub_run}</a>`],
          ] satisfies Fact[])),
    ];
  }
}

function triesOf(attempts: readonly Attempt[]): Fact[] {
  if (attempts.length < 2) return [];
  const items = attempts.map(({ from, to, isFailed, why }, index) => {
    const took = to === undefined ? '' : duration(to - from);
    if (!isFailed)
      return markup`<li>${index + 1} ${to === undefined ? 'is at work' : state('done', `done in ${took}`)}</li>`;
    return markup`<li>${index + 1} ${state('failed', `failed after ${took}`)}${why !== undefined && `: ${why}`}</li>`;
  });
  return [['tries', markup`<ol>${items}</ol>`]];
}

/** A text that stands in JSON as its own words. */
function plainText(json: string): string {
  const [, text] = /^"([^"\\]*)"$/.exec(json) ?? [];
  return text ?? json;
}
