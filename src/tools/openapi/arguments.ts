import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { isVariableName } from '../../domain/values/names.js';
import { NotImported } from './api-document.js';
import type { SchemaWriter } from './schema-writer.js';

/** A value that a call takes. */
interface Taken {
  /** As the document calls it. */
  name: string;
  /** Where it goes: `query`, `body`. Tells two of the same name apart. */
  place: string;
  schema: Json | undefined;
  required: boolean;
  /** Beside what the schema says. */
  description?: string | undefined;
}

/** The arguments of a tool, as they are found. */
export class ToolArguments {
  readonly #writer: SchemaWriter;
  readonly #properties = new Map<string, Json>();
  readonly #required: string[] = [];

  constructor(writer: SchemaWriter) {
    this.#writer = writer;
  }

  /** Adds an argument. Gives the expression that means its value: `$title`. Throws NotImported. */
  add({ name, place, schema, required, description }: Taken): string {
    const argument = this.#nameFor(name, place);
    const described = description === undefined ? schema : { ...(isJsonObject(schema) ? schema : {}), description };
    this.#properties.set(argument, this.#writer.write(described));
    if (required) this.#required.push(argument);
    return isVariableName(argument) ? `$${argument}` : `$args.${argument}`;
  }

  /** Their JSON Schema; undefined without any. Throws NotImported. */
  schema(): JsonSchema | undefined {
    if (this.#properties.size === 0) return undefined;
    const definitions: JsonObject = this.#writer.definitions();
    return {
      type: 'object',
      properties: Object.fromEntries(this.#properties),
      ...(this.#required.length > 0 && { required: this.#required }),
      ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
    };
  }

  #nameFor(name: string, place: string): string {
    const plain = name.replaceAll(/\W+/g, '_').replace(/^(?=\d|$)/, '_');
    const isFree = (candidate: string) =>
      candidate !== 'args' && !(candidate in Object.prototype) && !this.#properties.has(candidate);
    const found = [plain, `${plain}_${place}`, `${plain}_${place}_2`].find(isFree);
    if (found === undefined) throw new NotImported(`several of its parameters are called ${plain}`);
    return found;
  }
}
