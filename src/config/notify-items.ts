import { parseExecName } from '../models/providers/model-names.js';
import type { NotifySettings } from '../notices/notify-settings.js';

/** Who a project tells of runs: it starts a program, or sends somewhere what runs ask. */
export function notifyItems(targets: Readonly<Record<string, NotifySettings>> = {}) {
  return Object.entries(targets).map(([name, target]) => {
    const command = parseExecName(target.to)?.split(/[\s'"=;|&<>()]+/) ?? [];
    const item = { kind: 'notice', where: `portia.json notify.${name}`, what: JSON.stringify(target) } as const;
    return command.length === 0 ? item : { ...item, program: { command } };
  });
}
