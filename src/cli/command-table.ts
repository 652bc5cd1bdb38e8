import type { CommandTable } from './session/command.js';

/** All commands, in the order of the help. One more is a row here and its file. */
export const COMMANDS = {
  plan: {
    parameters: '[query]',
    group: 'Core',
    summary: 'turn a request into a plan',
    load: () => import('./commands/plan.js'),
  },
  run: {
    parameters: '[query]',
    group: 'Core',
    summary: 'plan, show the plan, ask, then run it',
    drives: true,
    load: () => import('./commands/run.js'),
  },
  'run-plan': {
    parameters: '<plan>',
    group: 'Core',
    summary: 'run a saved plan',
    drives: true,
    load: () => import('./commands/run-plan.js'),
  },
  resume: {
    parameters: '[run]',
    group: 'Core',
    summary: 'answer what is open and continue',
    drives: true,
    load: () => import('./commands/resume.js'),
  },
  show: {
    parameters: '<id>',
    group: 'Core',
    summary: 'show a plan or a run',
    load: () => import('./commands/show.js'),
  },
  list: {
    parameters: '[kind]',
    group: 'Plans and runs',
    summary: 'list runs or plans, newest first',
    load: () => import('./commands/list.js'),
  },
  check: {
    parameters: '<plan>',
    group: 'Plans and runs',
    summary: 'find every problem of a plan at once',
    load: () => import('./commands/check.js'),
  },
  estimate: {
    parameters: '<plan>',
    group: 'Plans and runs',
    summary: 'estimate what a run would cost',
    load: () => import('./commands/estimate.js'),
  },
  edit: {
    parameters: '<plan>',
    group: 'Plans and runs',
    summary: 'change a plan in your editor',
    load: () => import('./commands/edit.js'),
  },
  refine: {
    parameters: '<plan> [hint]',
    group: 'Plans and runs',
    summary: 'change a plan with the model, following a hint',
    load: () => import('./commands/refine.js'),
  },
  diff: {
    parameters: '<a> <b>',
    group: 'Plans and runs',
    summary: 'compare two plans or two runs, step by step',
    load: () => import('./commands/diff.js'),
  },
  eval: {
    parameters: '<expression>',
    group: 'Plans and runs',
    summary: 'evaluate an expression with the values of a run',
    load: () => import('./commands/eval.js'),
  },
  answer: {
    parameters: '<run> [answers...]',
    group: 'Plans and runs',
    summary: 'record answers without running',
    load: () => import('./commands/answer.js'),
  },
  cancel: {
    parameters: '<run>',
    group: 'Plans and runs',
    summary: 'end a run, so that it cannot be resumed',
    load: () => import('./commands/cancel.js'),
  },
  verify: {
    parameters: '[run]',
    group: 'Plans and runs',
    summary: 'check the record of a run, and show who agreed to what',
    load: () => import('./commands/verify.js'),
  },
  import: {
    parameters: '<folder>',
    group: 'Plans and runs',
    summary: 'bring plans and runs of the Python SDK here',
    load: () => import('./commands/import.js'),
  },
  rm: {
    parameters: '<id...>',
    group: 'Plans and runs',
    summary: 'delete plans or runs',
    load: () => import('./commands/rm.js'),
  },
  tools: {
    parameters: '[action] [tool] [arguments...]',
    group: 'Tools and set-up',
    summary: 'list, describe, call, write, test or import tools',
    load: () => import('./commands/tools.js'),
  },
  mcp: {
    parameters: '<action> [arguments...]',
    group: 'Tools and set-up',
    summary: 'use MCP servers, and offer plans and runs to agents',
    load: () => import('./commands/mcp.js'),
  },
  models: {
    parameters: '[provider]',
    group: 'Tools and set-up',
    summary: 'see which models are used, and which could be',
    load: () => import('./commands/models.js'),
  },
  schema: {
    parameters: '<kind>',
    group: 'Tools and set-up',
    summary: 'print the schema of a plan, run, event or error',
    load: () => import('./commands/schema.js'),
  },
  trust: {
    parameters: '',
    group: 'Tools and set-up',
    summary: 'see what a project would do here, and allow it',
    load: () => import('./commands/trust.js'),
  },
  doctor: {
    parameters: '',
    group: 'Tools and set-up',
    summary: 'what works here, what does not, and how to fix it',
    load: () => import('./commands/doctor.js'),
  },
  init: {
    parameters: '',
    group: 'Tools and set-up',
    summary: 'make a project here, with a plan and a tool to try',
    load: () => import('./commands/init.js'),
  },
  config: {
    parameters: '<action> [name] [values...]',
    group: 'Tools and set-up',
    summary: 'list, get, set, unset or edit settings',
    load: () => import('./commands/config.js'),
  },
  completion: {
    parameters: '<shell> [words...]',
    group: 'Tools and set-up',
    summary: 'print the completion script for a shell',
    load: () => import('./commands/completion.js'),
  },
  demo: {
    parameters: '',
    group: 'Tools and set-up',
    summary: 'run an example that asks questions, without a model',
    load: () => import('./commands/demo.js'),
  },
  help: {
    parameters: '[topic]',
    group: 'Tools and set-up',
    summary: 'help on a command or a topic',
    load: () => import('./commands/help.js'),
  },
} satisfies CommandTable;

export type CommandName = keyof typeof COMMANDS;
