import { wrapTo } from '../../ui/text-width.js';
import { GROUPS, type CommandTable } from '../session/command.js';
import { WIDTH_OF_HELP } from './command-help.js';
import { TOPICS } from './help-topics.js';

const HEAD = `portia turns a request into a plan that you can read, runs it step by step,
stops to ask when it must, and continues later exactly where it stopped.

Usage: portia <command> [options]

Examples
  $ portia run "add 1 + 2"                   plan, show, ask, run
  $ portia plan "read notes.md" > plan.json  only plan
  $ portia run-plan plan.json                run exactly that plan
  $ portia resume last                       answer what is open and continue
  $ portia show last                         what happened
`;

const END = `A plan or run is an id, its last 8 digits, a file, - (standard input), or last.
Every command: --json, --format human|json|ndjson|value, -o FILE, -v, -q,
--no-prompt, --no-pager, --no-color, -C FOLDER. More: portia help <command>
`;

/** What `portia --help` prints: every command in its group. */
export function rootHelp(commands: CommandTable): string {
  const all = Object.entries(commands);
  const width = Math.max(...all.map(([name, { parameters }]) => usageOf(name, parameters).length)) + 3;
  const groups = GROUPS.map((group) => {
    const rows = all.filter(([, row]) => row.group === group);
    const lines = rows.flatMap(([name, { parameters, summary }]) => {
      const [first = '', ...rest] = wrapTo(summary, WIDTH_OF_HELP - width - 2);
      return [usageOf(name, parameters).padEnd(width) + first, ...rest.map((line) => ' '.repeat(width) + line)];
    });
    return `${group}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  });
  const topics = wrapTo(TOPICS.join(', '), WIDTH_OF_HELP - 2).map((line) => `  ${line}\n`);
  return [HEAD, ...groups, `Help topics\n${topics.join('')}`, END].join('\n');
}

/** The first parameter, and what else must be given. */
function usageOf(name: string, parameters: string): string {
  const shown = parameters.split(' ').filter((parameter, place) => place === 0 || parameter.startsWith('<'));
  return [name, ...shown].join(' ').trim();
}
