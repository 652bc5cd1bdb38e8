import type * as Sucrase from 'sucrase';
import { createRequire } from 'node:module';

/** Loaded when the first file needs it. */
export type Translator = typeof Sucrase.transform;

const TYPED = /\.[cm]?tsx?$/;
const WITH_MARKUP = /\.[jt]sx$/;

/**
 * The file's text as JavaScript, with every line where it was. `imports` turns its imports into calls of `require`.
 * Throws a SyntaxError that begins with `FILE:LINE:COLUMN`.
 */
export function translate(file: string, text: string, { imports }: { imports: boolean }): string {
  const transforms: Sucrase.Transform[] = [];
  if (TYPED.test(file)) transforms.push('typescript');
  if (WITH_MARKUP.test(file)) transforms.push('jsx');
  if (imports) transforms.push('imports');
  if (transforms.length === 0) return text;
  try {
    const options = { transforms, disableESTransforms: true, production: true };
    return loadTranslator()(text, { ...options, filePath: file }).code;
  } catch (error) {
    throw withPlace(file, error);
  }
}

let loaded: Translator | undefined;

function loadTranslator(): Translator {
  // Beside this file once it is built.
  loaded ??= (createRequire(import.meta.url)('./translator.cjs') as { transform: Translator }).transform;
  return loaded;
}

/** The message ends with its place: `Unexpected token (2:14)`. */
function withPlace(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = error.message.replace(`Error transforming ${file}: `, '');
  const [all = '', line, column] = /\s*\((\d+):(\d+)\)$/.exec(message) ?? [];
  if (line === undefined) return error;
  return new SyntaxError(`${file}:${line}:${column} ${message.slice(0, message.length - all.length)}`);
}
