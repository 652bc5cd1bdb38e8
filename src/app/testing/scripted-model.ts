import { PortiaError } from '../../domain/errors.js';
import { patternOf, type ModelLine } from '../../domain/testing/test-file-schema.js';
import { asText, tokensOfText } from '../../domain/values/json.js';
import { BrokenReply, type Model, type ModelReply, type ModelRequest, type ModelTool } from '../../models/model.js';
import { NotPlayed } from '../../executor/not-played.js';

/** What the models of a case say: each line once, the first that fits. */
export class ScriptedModels {
  readonly #left: Set<ModelLine>;
  readonly #missed: (request: string) => void;
  #calls = 0;

  /** `missed` is told the text of a request that no line answers. */
  constructor(lines: readonly ModelLine[], missed: (request: string) => void) {
    this.#left = new Set(lines);
    this.#missed = missed;
  }

  get unused(): ModelLine[] {
    return [...this.#left];
  }

  model(id: string): Model {
    return { id, complete: async (request) => this.reply(request) };
  }

  /** Rejects as `Model.complete` does. */
  reply(request: ModelRequest): ModelReply {
    const text = request.messages.map((message) => message.text).join('\n');
    const line = [...this.#left].find(({ match }) => match === undefined || patternOf(match)?.(text) === true);
    if (line === undefined) {
      this.#missed(text.replaceAll(MARK, '<$1data>'));
      throw new NotPlayed();
    }
    this.#left.delete(line);
    if (line.fails !== undefined) throw failure(line.fails);
    const { reply = '', calls = [] } = line;
    const said = asText(reply);
    return {
      text: said,
      toolCalls: calls.map(({ tool, args = {} }) => ({
        id: `call-${(this.#calls += 1)}`,
        name: nameOf(tool, request.tools ?? []),
        arguments: JSON.stringify(args),
      })),
      usage: {
        calls: 1,
        input_tokens: tokensOfText(text),
        output_tokens: tokensOfText(said),
        estimated: true,
      },
    };
  }
}

/** Differs from request to request. */
const MARK = /<(\/?)data-[0-9a-f]+>/g;

/** Functions are called by the ids of their tools, with `_` for what names of functions do not hold. */
function nameOf(tool: string, offered: readonly ModelTool[]): string {
  const plain = (id: string) => id.replaceAll(/[^\w-]/g, '_');
  return offered.find(({ name }) => name === tool || name === plain(tool))?.name ?? tool;
}

function failure(code: NonNullable<ModelLine['fails']>): PortiaError {
  const message = `The model fails with ${code}, as the test says.`;
  if (code === 'model-reply-unusable') return new BrokenReply(message, { why: 'The reply is broken.' });
  return new PortiaError(code, message, { retryable: PASSING.has(code) });
}

const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate-limited', 'timed-out']);
