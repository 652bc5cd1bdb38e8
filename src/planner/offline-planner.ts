import { assertNever } from '../domain/errors.js';
import type { NewId } from '../domain/ids.js';
import type { JsonObject } from '../domain/json.js';
import type { Plan, ToolStep, Variable } from '../domain/plan.js';
import type { Clause } from './offline-clause.js';
import { RESULT_MARK } from './offline-formula.js';
import { parseRequest, type PlacedClause } from './offline-request.js';
import { OfflineRefusal } from './offline-tokens.js';

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
    if (missing !== undefined) throw new OfflineRefusal(`this needs the tool ${missing.tool_id}, which is not on here`, start);
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

class StepWriter {
  readonly steps: ToolStep[] = [];
  /** What "it" means to the next clause. */
  #value: Variable | undefined;
  readonly #uses = new Map<string, number>();

  write(clause: Clause): void {
    switch (clause.kind) {
      case 'calculate':
        return this.#writeCalculation(clause);
      case 'read':
        return this.#addValue(readDraft(clause.filename), `The content of ${clause.filename ?? 'the file'}.`);
      case 'write':
        this.#add(writeDraft(`${JSON.stringify(clause.text)}`, escapeBraces(clause.text), clause.filename));
        return;
      case 'save':
        this.#writeValue(clause.filename);
        return;
      case 'convert':
        this.#addValue(readDraft(clause.from), `The content of ${clause.from}.`);
        this.#writeValue(clause.to);
        return;
      case 'run-sql':
      case 'list-tables':
      case 'describe-tables':
        return this.#addValue(databaseDraft(clause), 'What the database answered.');
      default:
        assertNever(clause);
    }
  }

  #writeCalculation({ formula }: Extract<Clause, { kind: 'calculate' }>): void {
    const earlier = formula.usesResult ? this.#value : undefined;
    const spell = (mark: string) => formula.text.replaceAll(RESULT_MARK, () => mark);
    const readable = spell(earlier?.name ?? '');
    this.#addValue(
      {
        tool: 'calculator_tool',
        task: `Calculate ${readable}.`,
        // Parentheses, because the earlier result may be below zero.
        args: { math_question: spell(`({{ ${earlier?.name ?? ''} }})`) },
        output: '$result',
        inputs: earlier === undefined ? [] : [earlier],
      },
      `The result of ${readable}.`,
    );
  }

  #writeValue(filename: string | null): void {
    const value = this.#value;
    if (value === undefined) throw new Error('a request that writes nothing was accepted');
    this.#add({ ...writeDraft(value.name, `{{ $string(${value.name}, true) }}`, filename), inputs: [value] });
  }

  #addValue(draft: StepDraft, description: string): void {
    this.#value = { name: this.#add(draft), description };
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

/** As a plan writes text that is no template. */
function escapeBraces(text: string): string {
  return text.replaceAll('{{', '{{{{');
}
