import { assertNever } from '../../domain/errors.js';
import type { NewId } from '../../domain/values/ids.js';
import type { JsonObject } from '../../domain/values/json.js';
import type { Plan, ToolStep, Variable } from '../../domain/plan/plan.js';
import type { Clause } from './clause.js';
import { RESULT_MARK, type Formula } from './formula.js';
import { endingOf } from './names.js';
import { parseRequest, type PlacedClause } from './request.js';
import { OfflineRefusal } from './tokens.js';

export interface OfflineRequest {
  query: string;
  /** Ids of the tools that are on. */
  tools: readonly string[];
  newId: NewId;
  /** ISO 8601, UTC. */
  createdAt: string;
}

export type OfflinePlanning =
  | { kind: 'plan'; plan: Plan }
  /**
   * Not understood, or not completely. `understood` is the beginning of the query that was, `at` the offset in the
   * query (UTF-16 units) where understanding ends, `why` one sentence without a full stop.
   */
  | { kind: 'refused'; understood: string; at: number; why: string };

/** Plans without a model, for requests of a small closed language (`OFFLINE_GRAMMAR_HELP`); refuses everything else. */
export function planOffline(request: OfflineRequest): OfflinePlanning {
  try {
    return { kind: 'plan', plan: makePlan(request, parseRequest(request.query)) };
  } catch (error) {
    if (!(error instanceof OfflineRefusal)) throw error;
    return { kind: 'refused', understood: request.query.slice(0, error.at).trim(), at: error.at, why: error.message };
  }
}

function makePlan(request: OfflineRequest, clauses: PlacedClause[]): Plan {
  const writer = new StepWriter();
  for (const { clause, start } of clauses) {
    writer.write(clause);
    const missing = writer.steps.find((step) => !request.tools.includes(step.tool_id));
    if (missing !== undefined)
      throw new OfflineRefusal(`this needs the tool ${missing.tool_id}, which is not on here`, start);
  }
  return {
    id: request.newId('plan'),
    plan_context: { query: request.query, tool_ids: [...new Set(request.tools)].sort() },
    steps: writer.steps,
    plan_inputs: [],
    metadata: { schema_version: 1, created_at: request.createdAt, planner: 'offline' },
  };
}

/** What a clause needs of a step; the rest follows from the clauses before it. */
interface StepDraft {
  tool: string;
  task: string;
  args: JsonObject;
  /** Name of the output, made unique when it is taken. */
  output: string;
  inputs?: Variable[];
}

/** An output that later clauses may use. */
interface Value extends Variable {
  /** How a file gets its text. */
  written: string;
}

class StepWriter {
  readonly steps: ToolStep[] = [];
  /** What "it" means to the next clause. */
  #value: Value | undefined;
  readonly #uses = new Map<string, number>();

  write(clause: Clause): void {
    switch (clause.kind) {
      case 'calculate':
        this.#calculate(clause.formula);
        return;
      case 'read':
        this.#read(clause.filename);
        return;
      case 'write':
        this.#add(writeDraft(JSON.stringify(clause.text), escapeBraces(clause.text), clause.filename));
        return;
      case 'save':
        this.#writeValue(clause.filename);
        return;
      case 'convert':
        this.#convert(clause);
        return;
      case 'run-sql':
      case 'list-tables':
      case 'describe-tables':
        this.#keep(this.#add(databaseDraft(clause)), 'What the database answered.', asLine);
        return;
      default:
        assertNever(clause);
    }
  }

  #calculate(formula: Formula): void {
    const earlier = formula.usesResult ? this.#value : undefined;
    const spell = (result: string) => formula.text.replaceAll(RESULT_MARK, () => result);
    const readable = spell(earlier?.name ?? '');
    const output = this.#add({
      tool: 'calculator_tool',
      task: `Calculate ${readable}.`,
      // Parentheses, because the earlier result may be below zero.
      args: { math_question: spell(`(${reference(earlier?.name ?? '')})`) },
      output: '$result',
      inputs: inputsOf(earlier),
    });
    this.#keep(output, `The result of ${readable}.`, asLine);
  }

  #read(filename: string | null): void {
    const output = this.#add(readDraft(filename));
    this.#keep(
      output,
      `The content of ${filename ?? 'the file'}.`,
      WRITTEN_BY_ENDING.get(endingOf(filename ?? '')) ?? asText,
    );
  }

  #convert({ from, to, as }: Extract<Clause, { kind: 'convert' }>): void {
    const read = readDraft(from);
    const output = this.#add({ ...read, task: `Read the file ${from} as ${as}.`, args: { ...read.args, as } });
    this.#keep(output, `The content of ${from} as ${as}.`, reference);
    this.#writeValue(to);
  }

  #writeValue(filename: string | null): void {
    const value = this.#value;
    if (value === undefined) throw new Error('a request that writes nothing was understood');
    this.#add({ ...writeDraft(value.name, value.written, filename), inputs: inputsOf(value) });
  }

  #keep(name: string, description: string, write: (name: string) => string): void {
    this.#value = { name, description, written: write(name) };
  }

  #add(draft: StepDraft): string {
    const uses = (this.#uses.get(draft.output) ?? 0) + 1;
    this.#uses.set(draft.output, uses);
    const output = uses === 1 ? draft.output : `${draft.output}_${uses}`;
    const { task, tool, args, inputs = [] } = draft;
    this.steps.push({ task, inputs, tool_id: tool, output, kind: 'tool', args });
    return output;
  }
}

function inputsOf(value: Value | undefined): Variable[] {
  return value === undefined ? [] : [{ name: value.name, description: value.description }];
}

/** A template with the value in its own type. */
function reference(name: string): string {
  return `{{ ${name} }}`;
}

/** A template with the value as text whatever its type, because it is not alone in it. */
function asText(name: string): string {
  return `${reference(name)}{{ "" }}`;
}

/** A template with the value as text and the end of a line. */
function asLine(name: string): string {
  return `${reference(name)}\n`;
}

/** How the content of a file is written to another: texts as they are, tables as lines; any other may be either. */
const WRITTEN_BY_ENDING: ReadonlyMap<string, (name: string) => string> = new Map([
  ['txt', reference],
  ['md', reference],
  ['log', reference],
  ['csv', asLine],
  ['xlsx', asLine],
]);

function readDraft(filename: string | null): StepDraft {
  return {
    tool: 'file_reader_tool',
    task: filename === null ? 'Read a file.' : `Read the file ${filename}.`,
    args: namedArgument('filename', filename),
    output: '$content',
  };
}

function writeDraft(what: string, content: string, filename: string | null): StepDraft {
  return {
    tool: 'file_writer_tool',
    task: `Write ${what} to ${filename ?? 'a file'}.`,
    args: { ...namedArgument('filename', filename), content },
    output: '$written',
  };
}

function databaseDraft(clause: Extract<Clause, { database: string | null }>): StepDraft {
  const where = clause.database === null ? 'the database' : clause.database;
  const database = namedArgument('db_path', clause.database);
  switch (clause.kind) {
    case 'run-sql': {
      const args = { query: escapeBraces(clause.sql), ...database };
      return { tool: 'run_sql', task: `Run on ${where}: ${clause.sql}`, args, output: '$rows' };
    }
    case 'list-tables':
      return { tool: 'list_tables', task: `List the tables of ${where}.`, args: database, output: '$tables' };
    case 'describe-tables': {
      const args = { tables: clause.tables.map(escapeBraces), ...database };
      const task = `Describe ${clause.tables.join(', ')} in ${where}.`;
      return { tool: 'get_table_schemas', task, args, output: '$schemas' };
    }
  }
}

/** An argument that was not given is left out, so that the run asks for it. */
function namedArgument(name: string, value: string | null): JsonObject {
  return value === null ? {} : { [name]: escapeBraces(value) };
}

/** As a plan writes text that is not a template. */
function escapeBraces(text: string): string {
  return text.replaceAll('{{', '{{{{');
}
