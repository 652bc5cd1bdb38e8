import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  newTool,
  TOOL_LANGUAGES,
  withModule,
  withProgram,
  type NewTool,
  type ToolLanguage,
} from '../../app/setup/new-tool.js';
import { readProjectSettings, settingsText, writeSettingsText } from '../../app/setup/settings-files.js';
import type { ProjectSettings } from '../../config/settings-schema.js';
import { plainCommand, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/values/json.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import { builtinTools } from '../../tools/builtin/builtin-tools.js';
import { findModuleFiles } from '../../tools/module-files.js';
import { EXIT } from '../session/exit-codes.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import type { Session } from '../session/session.js';
import { changeProject } from '../trust/change-project.js';

/** Writes a tool that works, with a test of it, and names it in `portia.json`. Nothing that is there is changed. */
export async function writeNewTool(
  session: Session,
  { id, language = 'ts' }: { id: string; language: string | undefined },
): Promise<number> {
  refuseFieldsBut(['tool', 'files', 'next'], session.options.fields);
  refuseId(id);
  const { projectRoot: root } = session.services;
  const tool = newTool(id, readLanguage(language));
  const { file, written, settings } = readProjectSettings(root);
  refuseTaken(id, { root, tool, settings });
  const write = (changed: JsonObject) => writeSettingsText(file, settingsText(changed));
  await changeProject(session, async () => {
    for (const { path, text } of tool.files) {
      writeFileSafely(join(root, path), text, { mode: 0o644, replace: false, withFolders: true });
    }
    if (tool.program !== undefined) write(withProgram(written, id, tool.program));
    else if (!(await isModule(tool, { root, settings }))) write(withModule(written, tool.files[0].path));
  });
  const next = [portia('tools', 'test', id), portia('tools', 'describe', id)];
  await session.print({
    record: { tool: id, files: tool.files.map(({ path }) => path), next: next.map(plainCommand) },
    human: (look) => {
      const lines = tool.files.map(({ path, what }) => `created  ${path}  ${what}`);
      return [...lines, '', 'Next', ...next.map((step) => `  ${look.spell(step)}`), ''].join('\n');
    },
  });
  return EXIT.complete;
}

function refuseId(id: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(id)) return;
  throw new PortiaError('usage', `${JSON.stringify(id)} cannot be the id of a new tool.`, {
    why: 'It is also the name of a file, so it has small letters, digits and _, and begins with a letter.',
    fix: portia('tools', 'new', 'count_words'),
  });
}

function readLanguage(word: string): ToolLanguage {
  const language = TOOL_LANGUAGES.find((each) => each === word);
  if (language !== undefined) return language;
  const nearest = nearestName(word, TOOL_LANGUAGES);
  throw new PortiaError('usage', `A new tool cannot be written in ${JSON.stringify(word)}.`, {
    why: `The languages are ${TOOL_LANGUAGES.join(', ')}. A program in any other language is declared in the same way.`,
    fix: nearest === undefined ? portia('help', 'tools') : portia('tools', 'new', 'count_words', '--language', nearest),
  });
}

function refuseTaken(
  id: string,
  { root, tool, settings }: { root: string; tool: NewTool; settings: ProjectSettings },
): void {
  const { programs = {}, http = {} } = settings;
  const known: string[] = [
    ...builtinTools().map((builtin) => builtin.id),
    ...Object.keys(programs),
    ...Object.keys(http),
  ];
  const isKnown = known.includes(id);
  const taken = tool.files.find(({ path }) => existsSync(join(root, path)));
  if (!isKnown && taken === undefined) return;
  throw new PortiaError(
    'usage',
    isKnown ? `The tool ${id} exists already.` : `The file ${taken?.path} exists already.`,
    {
      why: 'Nothing was written.',
      fix: portia('tools', 'new', `${id}_2`),
    },
  );
}

/** Whether the settings name the file of the tool already. */
async function isModule(
  { files: [{ path }] }: NewTool,
  { root, settings }: { root: string; settings: ProjectSettings },
): Promise<boolean> {
  const found = await findModuleFiles(settings.tools?.modules ?? [], root).catch((error: unknown): string[] => {
    // A pattern that names nothing is told when tools are loaded.
    if (error instanceof PortiaError) return [];
    throw error;
  });
  return found.includes(join(root, path));
}
