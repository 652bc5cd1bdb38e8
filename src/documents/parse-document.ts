import type { Advice } from '../domain/next-step.js';
import { PortiaError, type Problem } from '../domain/errors.js';
import type { Json } from '../domain/values/json.js';
import { parseJson } from './parse-json.js';
import type { LocatePointers, Position } from './positions.js';

export type ParsedDocument =
  | { ok: true; value: Json; locate: LocatePointers }
  | ({ ok: false; format: 'JSON' | 'YAML'; problem: string; fix?: string | undefined } & Position);

/**
 * A document that a person wrote, as JSON or YAML. What is called .json, or begins as JSON does, is JSON; all else is
 * YAML, whose reader is loaded only then.
 */
export async function parseDocument(text: string, name: string, maxDepth: number): Promise<ParsedDocument> {
  if (!name.endsWith('.json') && !/^\uFEFF?[ \t\r\n]*[{[]/.test(text)) {
    const { parseYaml } = await import('./parse-yaml.js');
    const parsed = parseYaml(text, { maxDepth });
    return parsed.ok
      ? { ...parsed, locate: async (pointers) => parsed.locate(pointers) }
      : { ...parsed, format: 'YAML' };
  }
  const parsed = parseJson(text, maxDepth);
  if (!parsed.ok) return { ...parsed, format: 'JSON' };
  const locate: LocatePointers = async (pointers) => {
    const { locateInJson } = await import('./json-positions.js');
    return locateInJson(text.replace(/^\uFEFF/, ''), pointers);
  };
  return { ...parsed, locate };
}

/**
 * The same; what cannot be read is thrown as a PortiaError `unreadable`. Stricter than the store: of two keys with one
 * name, a reader would see one and portia run the other. `ifEmpty` is what to do when there is no text.
 */
export async function readDocumentText(
  text: string,
  { name, maxDepth, ifEmpty }: { name: string; maxDepth: number; ifEmpty: Advice },
): Promise<{ value: Json; locate: LocatePointers }> {
  const parsed = await parseDocument(text, name, maxDepth);
  if (parsed.ok) return parsed;
  const isEmpty = text.trim() === '';
  const at = `Line ${parsed.line}, column ${parsed.column}: ${parsed.problem}.`;
  throw new PortiaError('unreadable', `${name} cannot be read.`, {
    why: isEmpty ? 'It is empty.' : `It is not ${parsed.format}. ${at}`,
    fix: isEmpty ? ifEmpty : (parsed.fix ?? `Correct line ${parsed.line} of ${name}.`),
    line: parsed.line,
    column: parsed.column,
  });
}

/** Problems with their places in the document. */
export async function locateProblems(problems: Problem[], locate: LocatePointers): Promise<Problem[]> {
  if (problems.length === 0) return problems;
  const positions = await locate(problems.map(({ pointer }) => pointer));
  return problems.map((problem) => ({ ...problem, ...positions.get(problem.pointer) }));
}
