import type { Command } from 'commander';

import { addDriveOptions, addInputOptions, addKeyOption, addModelOptions, addPlanOptions } from '../session/options.js';

/** One command as its help shows it. Kept free of everything that costs start-up time. */
export interface CommandEntry {
  name: string;
  /** As commander writes them: `<plan>` or `[query]`. */
  parameters: string;
  group: string;
  summary: string;
  /** Shown by `portia <name> --help` below the summary. */
  about?: string;
  /** Command lines with a remark; every one of them is run by a test. */
  examples: [line: string, remark: string][];
  /** Whether it drives a run, whose events --events can have. */
  drives?: true;
  /** Whether --format value has something to print. */
  hasValue?: true;
  addOptions?: (command: Command) => Command;
}

const CORE = 'Core';
const FILES = 'Plans and runs';
const SETUP = 'Tools and set-up';

export const COMMANDS: CommandEntry[] = [
  {
    name: 'plan',
    parameters: '[query]',
    group: CORE,
    summary: 'turn a request into a plan',
    about: 'Makes a plan, saves it in plans/ and prints it. Nothing is run.',
    examples: [
      ['portia plan "add 1 + 2"', 'a plan on the screen'],
      ['portia plan "add 1 + 2" > plan.json', 'always a valid plan'],
      ['portia plan "read notes.md" --planner offline', 'without a model'],
    ],
    addOptions: (command) => addPlanOptions(command).option('--end-user <id>', 'who the plan is for'),
  },
  {
    name: 'run',
    drives: true,
    hasValue: true,
    parameters: '[query]',
    group: CORE,
    summary: 'plan, show the plan, ask, then run it',
    about: 'Without a terminal it saves the plan and exits 8, unless --yes approves it.',
    examples: [
      ['portia run "add 1 + 2" --yes', 'prints 3'],
      ['portia run "add 1 + 2" --yes --format value', 'only the value'],
      ['portia run "read notes.md then write it to copy.md" --yes', 'two steps'],
    ],
    addOptions: (command) =>
      addDriveOptions(addKeyOption(addInputOptions(addPlanOptions(command)))).option('-y, --yes', 'approve the plan'),
  },
  {
    name: 'run-plan',
    drives: true,
    hasValue: true,
    parameters: '<plan>',
    group: CORE,
    summary: 'run a saved plan',
    about:
      'The plan is taken as approved; calls with side effects are still asked about.\n\n' +
      'With --batch the results come as one run.result a line, in the order of the lines, and nobody is asked. ' +
      'It exits with 0 when every line is COMPLETE, else 1 when one failed or could not start, else 8 when one ' +
      'waits for a person, else 3 or 4. After a signal, or when the disk fails (10), no more lines are begun.',
    examples: [
      ['portia run-plan last', 'the newest plan'],
      ['portia run-plan plan.json', 'from a file'],
      ['portia run-plan process.yaml', 'JSON or YAML'],
      ['portia plan "add 1 + 2" | portia run-plan - --format value', 'in a pipe'],
      ['portia run-plan city.json -i city=London --stub weather_tool=sunny', 'with an input and a fixed result'],
      ['portia run-plan city.json --batch cities.ndjson --stub weather_tool=sunny', 'one run for each line'],
    ],
    addOptions: (command) =>
      addDriveOptions(addKeyOption(addInputOptions(addModelOptions(command)))).option(
        '--batch <file>',
        'a run for each line, which is a JSON object of inputs; - for standard input',
      ),
  },
  {
    name: 'resume',
    drives: true,
    hasValue: true,
    parameters: '[run]',
    group: CORE,
    summary: 'answer what is open and continue',
    about:
      'Asks on a terminal; elsewhere takes --answer. A finished step never runs again. Without a run: the newest that can be resumed.',
    examples: [
      ['portia resume last --answer filename=demo_runs/weather.txt', 'answer and continue'],
      ['portia resume', 'the newest run that can be resumed'],
      ['portia resume last', 'a complete run prints its result again'],
    ],
    addOptions: (command) =>
      addDriveOptions(addModelOptions(command))
        .option('--take-over', 'drive it although another process owns it')
        .option(
          '--accept-changed <tool>',
          'continue with this tool as it is now (repeatable)',
          (value: string, all?: string[]) => [...(all ?? []), value],
        )
        .option('--accept-recorded <digest>', 'let answers that others recorded count, as exit 6 lists them'),
  },
  {
    name: 'show',
    hasValue: true,
    parameters: '<id>',
    group: CORE,
    summary: 'show a plan or a run',
    examples: [
      ['portia show last', 'the newest run, or plan when there is no run'],
      ['portia show plan.json', 'a file'],
      ['portia show last --as tree', 'the picture, also in a pipe'],
      ["portia show last --output-of '$result'", 'one value, whole'],
    ],
    addOptions: (command) =>
      command
        .option('--as <form>', 'tree: the picture, also in a pipe; json: the record')
        .option('--all', 'cut nothing in the picture')
        .option('--output-of <name>', 'only this value, whole'),
  },
  {
    name: 'list',
    parameters: '[kind]',
    group: FILES,
    summary: 'list runs or plans, newest first',
    examples: [
      ['portia list', 'the newest 20 runs'],
      ['portia list plans --limit 5', 'plans'],
      ['portia list runs --state NEED_CLARIFICATION --json', 'what waits for a person'],
    ],
    addOptions: (command) =>
      command
        .option('--state <state>', 'only runs in this state')
        .option('--limit <n>', 'how many at most; 0 for all (default: 20 on a terminal, else all)'),
  },
  {
    name: 'check',
    parameters: '<plan>',
    group: FILES,
    summary: 'find every problem of a plan at once',
    about: 'Each with its line and column. Says, too, which steps ask a person and which change something.',
    examples: [['portia check plan.json', 'exit 2 when there are errors']],
  },
  {
    name: 'edit',
    parameters: '<plan>',
    group: FILES,
    summary: 'change a plan in your editor',
    about: 'Opens a copy in $VISUAL or $EDITOR, checks it and shows what differs. The result is another plan.',
    examples: [
      ['portia edit last', 'the newest plan'],
      [`EDITOR="sed -i.bak 's/1 + 2/1 + 5/'" portia edit plan.json`, 'any program that changes a file'],
    ],
    addOptions: (command) => command.option('-y, --yes', 'do not ask after showing what differs'),
  },
  {
    name: 'refine',
    parameters: '<plan> [hint]',
    group: FILES,
    summary: 'change a plan with the model, as a hint says',
    about: 'Steps that need not change stay. The result is another plan. The hint may be @file or standard input.',
    examples: [
      ['portia refine last "only in the afternoon"', 'the newest plan'],
      ['echo "shorter" | portia refine plan.json > shorter.json', 'in a pipe'],
    ],
    addOptions: (command) => addPlanOptions(command),
  },
  {
    name: 'diff',
    parameters: '<a> <b>',
    group: FILES,
    summary: 'compare two plans or two runs, step by step',
    about: 'Exit 0 whether or not they differ; with --exit-code 1 when they do.',
    examples: [
      ['portia diff plan.json city.json', 'two plans'],
      ['portia diff last plan.json --exit-code', 'for scripts'],
    ],
    addOptions: (command) => command.option('--exit-code', 'exit 1 when they differ'),
  },
  {
    name: 'eval',
    hasValue: true,
    parameters: '<expression>',
    group: FILES,
    summary: 'evaluate an expression over what a run has',
    about: 'Inputs and outputs by their names, as in a plan; prints text as it is, anything else as JSON.',
    examples: [
      ["portia eval '$result * 2' --run last", 'over the newest run'],
      ["portia eval '$sum([1..10])'", 'without a run there are no names'],
    ],
    addOptions: (command) => command.option('--run <run>', 'the run whose inputs and outputs there are'),
  },
  {
    name: 'answer',
    parameters: '<run> [answers...]',
    group: FILES,
    summary: 'record answers without running',
    examples: [['portia answer last filename=demo_runs/weather.txt', 'then: portia resume last']],
    addOptions: (command) =>
      command
        .option('--answers <file>', 'answers as JSON, - for standard input')
        .option('--by <name>', 'your name, recorded with your answers'),
  },
  {
    name: 'cancel',
    parameters: '<run>',
    group: FILES,
    summary: 'end a run for good',
    about: 'The runs of the plans inside it end with it. Nothing that is done is undone.',
    examples: [['portia cancel last --yes', 'it cannot be resumed afterwards']],
    addOptions: (command) => command.option('-y, --yes', 'do not ask'),
  },
  {
    name: 'verify',
    parameters: '[run]',
    group: FILES,
    summary: 'check the record of a run, and show who agreed to what',
    about:
      'Names the first event that is not as it was recorded (exit 2), and each consent that does not count ' +
      'here (exit 6). With --key it prints your public key, by which others can name you.',
    examples: [
      ['portia verify last', 'the newest run'],
      ['portia verify --key', 'your public key'],
    ],
    addOptions: (command) =>
      command
        .option('--key', 'print your public key; made if there is none')
        .option('--new-key', 'make another key that signs from now on; earlier ones stay valid'),
  },
  {
    name: 'rm',
    parameters: '<id...>',
    group: FILES,
    summary: 'delete plans or runs',
    examples: [['portia rm last --yes', 'the newest run with its events']],
    addOptions: (command) => command.option('-y, --yes', 'do not ask'),
  },
  {
    name: 'tools',
    hasValue: true,
    parameters: '[action] [tool] [arguments...]',
    group: SETUP,
    summary: 'list, describe or call tools',
    examples: [
      ['portia tools list', 'what is here, and why the rest is off'],
      ['portia tools describe calculator_tool', 'its arguments'],
      ['portia tools call calculator_tool math_question="2 + 2"', 'one call, no model'],
    ],
    addOptions: (command) =>
      addModelOptions(command)
        .option('--approve <glob>', 'allow the call (repeatable)', (value: string, all?: string[]) => [
          ...(all ?? []),
          value,
        ])
        .option(
          '--allow-path <folder>',
          'let file tools use this folder too (repeatable)',
          (value: string, all?: string[]) => [...(all ?? []), value],
        ),
  },
  {
    name: 'schema',
    parameters: '<kind>',
    group: SETUP,
    summary: 'print the schema of a plan, run, event or error',
    about:
      'A JSON Schema, draft 2020-12, for editors that complete and check, and for programs that read what portia writes.',
    examples: [
      ['portia schema plan > plan.schema.json', 'for editors: completion, and mistakes as you type'],
      ['portia schema event', 'of one line of events.ndjson'],
    ],
  },
  {
    name: 'trust',
    parameters: '',
    group: SETUP,
    summary: 'see what a project would do here, and allow it',
    about:
      'Lists what needs trust: tool modules, programs as models, rules that allow, paths outside, servers, keys. ' +
      'On a terminal it then asks, and keeps the answer in your own settings. Elsewhere it exits with 6 when there is ' +
      'something that you have not said yes to.',
    examples: [
      ['portia trust --content --yes', 'exactly what is there now'],
      ['portia trust --folder --yes', 'a project of your own, also when it changes'],
      ['portia trust --owner 1000', 'also use files of this other user here'],
      ['portia trust --list', 'all projects that you trust'],
      ['portia trust --revoke', 'take it back'],
      ['portia trust --signers', 'whose consents in runs count for you'],
    ],
    addOptions: (command) =>
      command
        .option('--folder', 'this folder, also when it changes')
        .option('--content', 'exactly this content')
        .option('-y, --yes', 'do not ask')
        .option('--owner <name>', 'in this project, files of this other user count as your own')
        .option('--revoke', 'do not trust it any more')
        .option('--list', 'the projects that are trusted')
        .option('--signer <key>', 'let consents of this person count for you; with --revoke: no longer')
        .option('--name <name>', 'whose key it is')
        .option('--signers', 'the people that are named'),
  },
  {
    name: 'doctor',
    parameters: '',
    group: SETUP,
    summary: 'what works here, what does not, and how to fix it',
    examples: [['portia doctor', 'keys are named, never printed']],
    addOptions: (command) => addModelOptions(command).option('--online', 'also try the model servers'),
  },
  {
    name: 'help',
    parameters: '[topic]',
    group: SETUP,
    summary: 'help on a command or a topic',
    examples: [
      ['portia help exit-codes', 'what each exit code means'],
      ['portia help offline', 'requests that work without a model'],
    ],
  },
];
