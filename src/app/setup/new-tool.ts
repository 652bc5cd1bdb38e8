import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { functionTool, type StarterFile } from './starter-project.js';

export const TOOL_LANGUAGES = ['ts', 'js', 'python', 'sh'] as const;
export type ToolLanguage = (typeof TOOL_LANGUAGES)[number];

/** A tool to begin with: what it consists of, and how settings name it. */
export interface NewTool {
  /** From the project's root, the code first. */
  files: [code: StarterFile, test: StarterFile];
  /** Of a program: how it is declared. A function is found by the name of its file. */
  program?: JsonObject;
}

/** A tool of this id that counts words, until somebody writes what it shall do. */
export function newTool(id: string, language: ToolLanguage): NewTool {
  const test = { path: `tools/${id}.test.yaml`, text: testOf(id), what: 'its test, for: portia tools test' };
  const code = (ending: string, text: string): StarterFile => ({
    path: `tools/${id}.${ending}`,
    text,
    what: 'the tool: change what it does',
  });
  switch (language) {
    case 'ts':
      return { files: [code('ts', functionTool(id)), test] };
    case 'js':
      return { files: [code('mjs', functionTool(id)), test] };
    case 'python':
      return {
        files: [code('py', PYTHON), test],
        program: { ...PROGRAM, command: ['python3', `./tools/${id}.py`], stdin: 'json', stdout: 'json' },
      };
    case 'sh':
      return {
        files: [code('sh', SHELL), test],
        program: { ...PROGRAM, command: ['sh', `./tools/${id}.sh`, '{{ $text }}'], stdout: 'json' },
      };
  }
}

const PROGRAM = {
  description: 'Counts the words of a text.',
  effect: 'read',
  args: {
    type: 'object',
    properties: { text: { type: 'string', description: 'The text' } },
    required: ['text'],
  },
};

const PYTHON = `"""Counts the words of a text."""
import json
import sys

call = json.load(sys.stdin)  # {"args": {"text": "…"}, …}
print(len(call["args"]["text"].split()))
`;

const SHELL = `# Counts the words of a text, which is the first word that it gets.
printf '%s' "$1" | wc -w
`;

const testOf = (id: string): string => `tool: ${id}
cases:
  - name: when a text has three words then it gives 3
    args: { text: one two three }
    result: 3
  - name: when a text is empty then it gives 0
    args: { text: "" }
    result: 0
  - name: when the text is missing then the call is refused
    args: {}
    failure: text
`;

/** The settings with a program added. */
export function withProgram(settings: JsonObject, id: string, program: JsonObject): JsonObject {
  const { programs } = settings;
  return { ...settings, programs: { ...(isJsonObject(programs) ? programs : {}), [id]: program } };
}

/** The settings with a module added. */
export function withModule(settings: JsonObject, path: string): JsonObject {
  const tools = isJsonObject(settings['tools']) ? settings['tools'] : {};
  const modules = Array.isArray(tools['modules']) ? tools['modules'] : [];
  return { ...settings, tools: { ...tools, modules: [...modules, `./${path}`] } };
}
