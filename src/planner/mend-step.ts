import { FUNCTION_NAMES, bareName } from '../domain/values/names.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import type { StepKindName } from '../domain/plan/plan.js';
import { STEP_KINDS } from '../domain/plan/step-kinds/step-kinds.js';

/** A step of a reply, of which nothing is known. */
export type RawStep = Record<string, unknown>;

/** What models call kinds of steps otherwise. */
const OTHER_KINDS: Readonly<Record<string, StepKindName>> = {
  '': 'agent',
  ask: 'user_input',
  approval: 'user_verify',
  approve: 'user_verify',
  branch: 'if',
  calculate: 'compute',
  calculation: 'compute',
  call: 'tool',
  condition: 'if',
  conditional: 'if',
  confirm: 'user_verify',
  do: 'do_while',
  each: 'for_each',
  expression: 'compute',
  for: 'for_each',
  foreach: 'for_each',
  function: 'tool',
  if_else: 'if',
  input: 'user_input',
  loop: 'for_each',
  model: 'llm',
  question: 'user_input',
  react_agent: 'react',
  stop: 'exit',
  step: 'agent',
  sub_plan: 'plan',
  task: 'agent',
  tool_call: 'tool',
  user_approval: 'user_verify',
  user_question: 'user_input',
  delay: 'wait',
  pause: 'wait',
  sleep: 'wait',
  wait_event: 'wait_for',
  wait_for_event: 'wait_for',
  wait_until: 'wait',
  verify: 'user_verify',
};

/** Keys that steps of one kind have together, and no others: the first line whose keys are all there tells the kind. */
const MARKS: readonly [kind: StepKindName, keys: readonly string[]][] = [
  ['for_each', ['over', 'steps']],
  ['if', ['branches']],
  ['react', ['task', 'tools']],
  ['tool', ['tool_id', 'args']],
  ['compute', ['expression']],
  ['plan', ['plan']],
];

/** Without these another kind is meant, when the step has its marks. */
const NEEDED: Partial<Record<StepKindName, readonly string[]>> = {
  tool: ['tool_id'],
  compute: ['expression'],
  for_each: ['over'],
  react: ['tools'],
  plan: ['plan'],
};

/** What models call keys otherwise, where a kind has the key and the step lacks it. */
const OTHER_KEYS: Readonly<Record<string, readonly string[]>> = {
  args: ['arguments', 'parameters', 'params', 'tool_args', 'tool_input'],
  as: ['item', 'item_name', 'variable', 'var', 'loop_variable'],
  branches: ['cases'],
  expression: ['code', 'formula', 'jsonata'],
  max_iterations: ['max_rounds', 'limit'],
  message: ['question', 'prompt', 'text', 'task'],
  options: ['choices'],
  output: ['output_name', 'output_variable', 'save_as', 'result'],
  over: ['items', 'list', 'for_each', 'iterate_over'],
  steps: ['body', 'do', 'then'],
  task: ['instruction', 'instructions', 'prompt'],
  tool_id: ['tool', 'tool_name'],
  tools: ['tool_ids'],
};

/** A model works on their task. */
const WORKS: ReadonlySet<StepKindName> = new Set(['agent', 'llm', 'react']);

/** What they do may be wanted without what comes of it, so that a name for that can be made. */
const ACTS: ReadonlySet<StepKindName> = new Set(['agent', 'tool', 'plan']);

/**
 * Puts a step of a reply into the words of the plan language: empty keys, other names of kinds and keys, bare names, and
 * the output of a call that nobody named; not those in its blocks. What it means is not changed, and what cannot be
 * understood stays for the rules.
 */
export function mendStep(raw: RawStep, nameFor: (toolId: unknown) => string): RawStep {
  const { kind: said = '', ...given } = withoutNulls(raw);
  const kind = kindMeant(said, given);
  if (kind === undefined) return { kind: said, ...given };
  const keys = withKeys(given, WORKS.has(kind) ? [...STEP_KINDS[kind].keys, 'task'] : STEP_KINDS[kind].keys);
  const step = kind === 'if' ? withBranches(keys) : keys;
  if (typeof step['args'] === 'string') step['args'] = readArguments(step['args']);
  if (Array.isArray(step['inputs'])) step['inputs'] = step['inputs'].map(namedInput);
  if (typeof step['as'] === 'string') step['as'] = bareName(step['as'].trim());
  if (typeof step['output'] === 'string') step['output'] = `$${bareName(step['output'].trim())}`;
  else if (ACTS.has(kind)) step['output'] ??= `$${nameFor(step['tool_id'])}`;
  return kind === 'agent' ? step : { kind, ...step };
}

/** A step whose own steps, each with its pointer, are replaced. */
export function mapOwnSteps(step: RawStep, pointer: string, change: (step: unknown, at: string) => unknown): RawStep {
  const mapped = { ...step };
  for (const key of ['steps', 'else', 'on_error', 'on_expiry']) {
    const block = mapped[key];
    if (Array.isArray(block)) mapped[key] = block.map((inner, index) => change(inner, `${pointer}/${key}/${index}`));
  }
  if (Array.isArray(mapped['branches'])) {
    mapped['branches'] = mapped['branches'].map((branch, index) =>
      isJsonObject(branch)
        ? mapOwnSteps(withKeys(withoutNulls(branch), ['steps']), `${pointer}/branches/${index}`, change)
        : branch,
    );
  }
  if (isJsonObject(mapped['plan'])) {
    const inner = mapOwnSteps(mapped['plan'], `${pointer}/plan`, change);
    mapped['plan'] = { plan_context: { query: mapped['task'] ?? '' }, ...inner };
  }
  return mapped;
}

/** Names for outputs that a reply does not name: of the tool, each once. */
export class MadeNames {
  readonly #taken: Set<string>;

  /** `taken`: bare names. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set([...taken, ...FUNCTION_NAMES]);
  }

  nameFor(toolId: unknown): string {
    const [stem = 'done'] = typeof toolId === 'string' ? (/[a-z]\w*?(?=_tool$|$)/i.exec(toolId) ?? []) : [];
    let name = stem;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${stem}_${number}`;
    this.#taken.add(name);
    return name;
  }
}

/** Bare names of every output in a reply. */
export function outputsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(outputsIn);
  if (!isJsonObject(value)) return [];
  const { output, ...rest } = value;
  const own = typeof output === 'string' ? [bareName(output.trim())] : [];
  return [...own, ...Object.values(rest).flatMap(outputsIn)];
}

/** Undefined for a word that means none. */
function kindMeant(said: unknown, step: RawStep): StepKindName | undefined {
  if (typeof said !== 'string') return undefined;
  const word = said
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  const known = isKind(word) ? word : Object.hasOwn(OTHER_KINDS, word) ? OTHER_KINDS[word] : undefined;
  const keys = withKeys(step, ['args', 'expression', 'over', 'steps', 'tool_id', 'tools']);
  const has = (key: string) => keys[key] !== undefined;
  // A call whose arguments a model is to find out.
  if (known === 'tool' && has('task') && !has('args') && !has('tools')) return 'agent';
  const isClear = known !== undefined && known !== 'agent' && (NEEDED[known] ?? []).every(has);
  return isClear ? known : (MARKS.find(([, marks]) => marks.every(has))?.[0] ?? known);
}

function isKind(word: string): word is StepKindName {
  return Object.hasOwn(STEP_KINDS, word);
}

/** Strict endpoints make a model write every key. */
function withoutNulls(raw: RawStep): RawStep {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
}

function withKeys(step: RawStep, keys: readonly string[]): RawStep {
  const mended = { ...step };
  for (const key of keys) {
    if (mended[key] !== undefined) continue;
    const other = (OTHER_KEYS[key] ?? []).find((word) => mended[word] !== undefined && !keys.includes(word));
    if (other === undefined) continue;
    mended[key] = mended[other];
    delete mended[other];
  }
  return mended;
}

/** `if` with its one case beside it. */
function withBranches(step: RawStep): RawStep {
  const { when, condition, steps, ...rest } = withKeys(step, ['steps']);
  if (rest['branches'] !== undefined || steps === undefined) return step;
  return {
    ...rest,
    branches: [{ ...(when !== undefined && { when }), ...(condition !== undefined && { condition }), steps }],
  };
}

/** Some servers give the arguments as a text, as in a call. */
function readArguments(text: string): unknown {
  const args = jsonOf(text);
  return isJsonObject(args) ? args : text;
}

function namedInput(input: unknown): unknown {
  const { name, ...rest } = isJsonObject(input) ? input : { name: input };
  return typeof name === 'string' ? { name: `$${bareName(name.trim())}`, ...rest } : input;
}
