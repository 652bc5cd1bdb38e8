import { parseExecName } from '../models/providers/model-names.js';
import type { NotifySettings } from '../notices/notify-settings.js';
import type { ProjectSettings } from './settings-schema.js';

/** What a project declares that always needs trust, whatever it says. */
export function declaredItems({
  hooks,
  programs = {},
  http = {},
  notify = {},
  serve,
  api_key_command: keyCommands = {},
}: ProjectSettings) {
  const where = (key: string) => `portia.json ${key}`;
  return [
    ...(hooks === undefined ? [] : [{ kind: 'hooks', where: where('hooks'), what: hooks } as const]),
    ...Object.entries(programs).map(([id, declared]) => {
      const what = JSON.stringify(declared);
      return { kind: 'program-tool', where: where(`programs.${id}`), what, program: declared } as const;
    }),
    ...Object.entries(http).map(
      ([id, declared]) => ({ kind: 'http-tool', where: where(`http.${id}`), what: JSON.stringify(declared) }) as const,
    ),
    ...notifyItems(notify),
    ...Object.entries(keyCommands).map(([provider, said]) => {
      const command = typeof said === 'string' ? said.trim().split(/\s+/) : said;
      const what = command.join(' ');
      return { kind: 'program', where: where(`api_key_command.${provider}`), what, program: { command } } as const;
    }),
    ...(serve?.users === undefined ? [] : [{ kind: 'users', where: where('serve.users'), what: serve.users } as const]),
  ];
}

/** Who a project tells of runs: it starts a program, or sends somewhere what runs ask. */
function notifyItems(targets: Readonly<Record<string, NotifySettings>>) {
  return Object.entries(targets).map(([name, target]) => {
    const command = parseExecName(target.to)?.split(/[\s'"=;|&<>()]+/) ?? [];
    const item = { kind: 'notice', where: `portia.json notify.${name}`, what: JSON.stringify(target) } as const;
    return command.length === 0 ? item : { ...item, program: { command } };
  });
}
