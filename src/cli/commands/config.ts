import { adviceLines, type CommandStep, portia } from '../../domain/next-step.js';
import { changeSettings, withoutSetting } from '../../app/setup/change-settings.js';
import {
  projectSettingsFile,
  readSettingsOf,
  settingsText,
  userSettingsFile,
  writeSettingsText,
  type SettingsFile,
} from '../../app/setup/settings-files.js';
import { settingsInForce, type SettingInForce } from '../../app/setup/settings-in-force.js';
import { badSettingsFile } from '../../config/invalid-settings.js';
import { readUserSettings } from '../../config/settings-file.js';
import { parseJson } from '../../documents/parse-json.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/values/json.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { oneLine } from '../../domain/values/printable.js';
import { valueText } from '../output/output-value.js';
import { EditedCopy } from '../input/edited-copy.js';
import { openInEditor, requireEditor } from '../input/open-editor.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import { createSession, writeText, type Session } from '../session/session.js';
import { requireAction } from '../session/actions.js';
import { changeProject } from '../trust/change-project.js';

const FLAGS = { local: flag.toggle('--local', "write the project's portia.json instead of your own settings") };

type ConfigSession = Session<OptionsOf<typeof FLAGS>>;

const ACTIONS = {
  list: listSettings,
  get: getSetting,
  set: setSetting,
  unset: unsetSetting,
  edit: editSettings,
} satisfies Record<string, (session: ConfigSession, parameters: string[]) => Promise<number>>;

/** Reads and writes settings. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  about:
    'list shows all that is in force and where it comes from, get shows one setting. set, unset and edit change your own settings, or ' +
    'portia.json with --local; what does not fit is refused and nothing is written. Names are those of portia.json, ' +
    'with dots: tools.disable, approvals.send_*, models.planning.',
  examples: [
    ['portia config list', 'all that is in force, with where it comes from'],
    ['portia config set planner offline', 'in your own settings'],
    ['portia config set --local tools.disable weather_tool search_tool', 'a list, in portia.json'],
    ['portia config get planner', 'prints offline'],
    ['portia config unset planner', 'remove it again'],
  ],
  hasValue: true,
  flags: FLAGS,
  async run(invocation) {
    const [word = '', ...parameters] = invocation.parameters;
    const action = requireAction('config', word, { actions: ACTIONS, usual: 'list' });
    // What is wrong in a project's settings can be mended, and does not matter for the user's own.
    const isChange = action !== 'list' && action !== 'get';
    return ACTIONS[action](await createSession(invocation, isChange ? { project: false } : {}), parameters);
  },
});

async function listSettings(session: ConfigSession): Promise<number> {
  for (const problem of await session.services.ruleProblems()) await session.warn(problem);
  const rows = await rowsOf(session);
  await session.print({
    record: rows,
    human: () =>
      rows
        .map(
          ({ name, value, source }) =>
            `${oneLine(name)} = ${oneLine(valueText(value, 'compact'))}   (${oneLine(source)})\n`,
        )
        .join(''),
  });
  return EXIT.complete;
}

async function rowsOf({ services, io }: ConfigSession): Promise<SettingInForce[]> {
  return settingsInForce(services.settings, await readUserSettings(io.environment));
}

async function getSetting(session: ConfigSession, [name]: string[]): Promise<number> {
  const wanted = requireName(name, portia('config', 'get', 'planner'));
  const rows = await rowsOf(session);
  const row = rows.find((each) => each.name === wanted);
  if (row === undefined) {
    refuseUnknownName(wanted, fileFor(session));
    const inside = rows.map((each) => each.name).filter((each) => each.startsWith(`${wanted}.`));
    if (inside.length > 0) {
      throw new PortiaError('usage', `${wanted} is not one setting.`, {
        why: `Set are: ${inside.join(', ')}.`,
        fix: adviceLines([portia('config', 'get', inside[0] ?? ''), portia('config', 'list')]),
      });
    }
    throw new PortiaError('not-found', `${wanted} is not set.`, {
      fix: adviceLines([portia('config', 'set', wanted, 'VALUE'), portia('config', 'list')]),
    });
  }
  if (session.services.settings.format?.value === 'json') await session.print({ record: row, human: () => '' });
  else await writeText(session, `${valueText(row.value, session.format === 'value' ? 'compact' : 'pretty')}\n`);
  return EXIT.complete;
}

async function setSetting(session: ConfigSession, [name, ...words]: string[]): Promise<number> {
  const wanted = requireName(name, portia('config', 'set', 'planner', 'offline'));
  if (words.length === 0) {
    throw new PortiaError('usage', `There is no value for ${wanted}.`, {
      fix: adviceLines([portia('config', 'set', wanted, 'VALUE'), portia('config', 'unset', wanted)]),
    });
  }
  const file = fileFor(session);
  refuseUnknownName(wanted, file);
  const before = readSettingsOf(file);
  // Rules that were broken before do not keep other settings from being changed. All other problems do.
  const known = new Set(file.check(before).length === 0 ? file.checkNew(before).map(({ message }) => message) : []);
  const changed = changeSettings(before, { name: wanted, words }, (settings) =>
    file.checkNew(settings).filter(({ message }) => !known.has(message)),
  );
  // Problems that were there before are those of the file, not of the new value.
  const old = changed.ok ? [] : file.check(before);
  if (old.length > 0) throw badSettingsFile(file.path, old);
  if (!changed.ok) throw notFitting(wanted, changed.problems);
  return write(session, file, changed.settings);
}

async function unsetSetting(session: ConfigSession, [name]: string[]): Promise<number> {
  const wanted = requireName(name, portia('config', 'unset', 'planner'));
  const file = fileFor(session);
  refuseUnknownName(wanted, file);
  const before = readSettingsOf(file);
  const after = withoutSetting(before, wanted);
  if (JSON.stringify(after) === JSON.stringify(before)) {
    throw new PortiaError('not-found', `${wanted} is not in ${file.path}.`, { fix: portia('config', 'list') });
  }
  return write(session, file, after);
}

async function editSettings(session: ConfigSession): Promise<number> {
  const editor = requireEditor(session);
  const file = fileFor(session);
  const copy = new EditedCopy(settingsText(readSettingsOf(file)), 'settings.json');
  const again = portia('config', 'edit', ...(session.options.local === true ? ['--local'] : []));
  return copy.use(
    async () => {
      await openInEditor(session, editor, copy.file);
      const text = await copy.read();
      refuseUnusable(text, file);
      return keepText(session, file, text);
    },
    ({ details }) => adviceLines([details.fix, again]),
  );
}

function refuseUnusable(text: string, file: SettingsFile): void {
  const parsed = parseJson(text);
  const problems: Problem[] = parsed.ok
    ? file.checkNew(parsed.value)
    : [
        {
          severity: 'error',
          rule: 'not-json',
          message: `line ${parsed.line}, column ${parsed.column}: ${parsed.problem}`,
          fix: parsed.fix,
          pointer: '',
        },
      ];
  if (problems.length === 0) return;
  const { message, details } = badSettingsFile('What you edited', problems);
  throw new PortiaError('invalid-settings', message, {
    why: `${details.why ?? ''}\nNothing was changed.`,
    fix: adviceLines(problems.map(({ fix }) => fix)),
    pointer: details.pointer,
  });
}

function requireName(name: string | undefined, example: CommandStep): string {
  if (name !== undefined && name !== '') return name;
  throw new PortiaError('usage', 'Which setting?', { why: 'It is named as in portia.json.', fix: example });
}

function fileFor({ options, services, io }: ConfigSession): SettingsFile {
  return options.local === true ? projectSettingsFile(services.projectRoot) : userSettingsFile(io.environment);
}

function refuseUnknownName(name: string, { names }: SettingsFile): void {
  const [first = '', ...rest] = name.split('.');
  // No settings file can hold that name.
  if (names.includes(first) && !rest.includes('__proto__')) return;
  const near = names.includes(first) ? undefined : nearestName(first, names);
  throw new PortiaError('usage', `There is no setting ${JSON.stringify(name)}.`, {
    why: `Settings are: ${names.join(', ')}.`,
    fix: near === undefined ? portia('help', 'settings') : `Did you mean ${near}?`,
  });
}

function notFitting(name: string, problems: Problem[]): PortiaError {
  return new PortiaError('usage', `${name} cannot have that value.`, {
    why: problems.map(({ message }) => message).join('\n'),
    fix: adviceLines([...problems.map(({ fix }) => fix), portia('help', 'settings')]),
  });
}

async function write(session: ConfigSession, file: SettingsFile, settings: JsonObject): Promise<number> {
  return keepText(session, file, settingsText(settings));
}

async function keepText(session: ConfigSession, file: SettingsFile, text: string): Promise<number> {
  refuseFieldsBut(['file'], session.options.fields);
  const isUsable = file.check(readSettingsOf(file)).length === 0;
  const change = async () => writeSettingsText(file, text);
  if (session.options.local === true && isUsable) await changeProject(session, change);
  else await change();
  await session.print({
    record: { file: file.path },
    human: (look) => `Written to ${look.link(oneLine(file.path), file.path)}.\n`,
  });
  return EXIT.complete;
}
