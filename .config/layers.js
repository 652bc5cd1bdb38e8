/**
 * What each folder of `src/` may import, from the bottom up. The linter reads this table (`oxlint.config.js`).
 *
 * `folders` are other folders of `src/`, each by its own path: a folder does not stand for those inside it.
 * `files` are single files of folders that may not be imported otherwise: the ports.
 * `packages` are those that are imported here and nowhere else, unless another row names them, too.
 */
const VALUES = ['domain/values'];
const PLAN = ['domain/plan', 'domain/plan/step-kinds'];
const DOMAIN = [...VALUES, 'domain', 'domain/expressions', ...PLAN, 'domain/run', 'domain/schedule'];
const RULES = [...DOMAIN, 'domain/plan-check', 'domain/plan-check/shape', 'domain/recording', 'domain/testing'];
const MCP = ['tools/mcp', 'tools/mcp/sign-in'];
const TOOLS = [
  ...['tools', 'tools/browser', 'tools/builtin', 'tools/host', 'tools/http', ...MCP, 'tools/openapi', 'tools/programs'],
];
const TOOL_SETTINGS = [
  'tools/builtin/mail-settings.ts',
  'tools/builtin/mail-tool.ts',
  'tools/browser-host-name.ts',
  'tools/declared-tool.ts',
  'tools/http/http-settings.ts',
  'tools/mcp/mcp-settings.ts',
  'tools/mcp/server-entry.ts',
  'tools/mcp/server-settings.ts',
  'tools/programs/program-settings.ts',
];
const STORAGE = ['storage', 'storage/upgrade', 'storage/postgres', 'storage/python-sdk'];
const PORTS = [
  'models/model.ts',
  'tools/tool.ts',
  'hooks/hook-port.ts',
  'storage/store.ts',
  'clarifications/clarification-handler.ts',
];
const MODEL_ROOMS = ['models/providers', 'models/faults', 'models/protocols', 'models/schemas', 'models/reply'];
const MODEL_ERRORS = ['models/model.ts', 'models/unusable-reply.ts', 'models/shorten.ts'];
const ADAPTERS = [
  ...STORAGE,
  ...TOOLS,
  'hooks',
  'models',
  'models/limits',
  'models/providers',
  'clarifications',
  'notices',
  'traces',
  'timing',
  'processes',
  'documents',
];
const ENGINES = ['planner', 'planner/offline', 'executor'];
const APP = [
  ...['app', 'app/doctor', 'app/inputs', 'app/plans', 'app/replay', 'app/setup', 'app/signing', 'app/testing'],
  'app/trust',
];
const UI = ['ui', 'ui/ci', 'ui/pages', 'ui/pictures', 'ui/report', 'ui/reports'];
const BELOW_CLI = [...RULES, 'domain/python-sdk', ...ADAPTERS, ...ENGINES, ...APP, 'config', ...UI, 'ci/github'];

export const LAYERS = {
  timing: {},
  network: {},
  'domain/values': { packages: ['zod'] },
  'domain/expressions': { folders: VALUES, packages: ['jsonata', 're2js'] },
  'domain/plan/step-kinds': { folders: VALUES, files: ['domain/plan/plan.ts', 'domain/plan/llm-tool.ts'] },
  'domain/plan': { folders: [...VALUES, 'domain/expressions', 'domain/plan/step-kinds'], packages: ['zod'] },
  domain: { folders: [...VALUES, ...PLAN, 'domain/recording', 'domain/run', 'domain/testing'], packages: ['zod'] },
  'domain/run': { folders: [...VALUES, ...PLAN, 'domain'], packages: ['zod'] },
  'domain/recording': { folders: [...VALUES, ...PLAN, 'domain', 'domain/run'], packages: ['zod'] },
  'domain/testing': { folders: DOMAIN, packages: ['zod'] },
  'domain/schedule': { folders: VALUES, packages: ['croner'] },
  'domain/plan-check': { folders: DOMAIN },
  'domain/plan-check/shape': { folders: [...DOMAIN, 'domain/plan-check'] },

  'domain/python-sdk': { folders: RULES },

  documents: { folders: [...VALUES, 'domain'], packages: ['yaml'] },
  processes: { folders: [...VALUES, 'domain'] },
  'models/providers': { folders: DOMAIN },
  'models/faults': { folders: [...DOMAIN, 'models/providers'], files: MODEL_ERRORS },
  'models/protocols': { folders: [...DOMAIN, 'models/providers'], files: ['models/model.ts'] },
  'models/schemas': { folders: [...DOMAIN, 'models/providers'], files: ['models/model.ts'] },
  'models/reply': { folders: [...DOMAIN, 'models/protocols'], files: MODEL_ERRORS, packages: ['zod', 'jsonrepair'] },
  'models/endpoint': {
    folders: [...DOMAIN, 'timing', 'network', ...MODEL_ROOMS],
    files: MODEL_ERRORS,
    packages: ['openai'],
  },
  'models/limits': { folders: DOMAIN },
  models: { folders: [...DOMAIN, 'timing', 'processes', ...MODEL_ROOMS, 'models/endpoint', 'models/limits'] },
  tools: {
    folders: [...DOMAIN, 'timing', 'network', 'processes'],
    packages: ['zod', 'ajv', 'ajv/*', 'ajv-formats', 'ipaddr.js', 'picomatch'],
  },
  'tools/browser': { folders: [...DOMAIN, 'tools', 'timing', 'processes'], packages: ['zod'] },
  'tools/browser/guest': { folders: [...DOMAIN, 'tools', 'tools/browser'], packages: ['playwright-core'] },
  'tools/builtin': {
    folders: [...DOMAIN, 'tools', 'tools/builtin/postgres', 'timing'],
    files: ['documents/parse-yaml.ts', 'tools/http/http-answer.ts'],
    packages: [
      'zod',
      'expr-eval-fork',
      'csv-parse/*',
      'read-excel-file/*',
      'node-sqlite3-wasm',
      'sql.js',
      '@mozilla/readability',
      'linkedom',
      'htmlparser2',
      'turndown',
      '@joplin/turndown-plugin-gfm',
      'mammoth',
      'nodemailer/*',
      'picomatch',
      'unpdf',
    ],
  },
  'tools/builtin/postgres': { folders: [...DOMAIN, 'tools', 'tools/builtin'], packages: ['pg'] },
  'tools/http': { folders: [...DOMAIN, 'tools', 'timing'], packages: ['zod'] },
  'tools/openapi': { folders: [...DOMAIN, 'tools', 'tools/http'] },
  'tools/mcp': {
    folders: [...DOMAIN, 'tools', 'tools/mcp/sign-in', 'timing', 'processes', 'clarifications'],
    packages: ['zod', '@modelcontextprotocol/client', '@modelcontextprotocol/client/*'],
  },
  'tools/mcp/sign-in': {
    folders: [...DOMAIN, 'tools/mcp', 'timing'],
    packages: ['zod', '@modelcontextprotocol/client'],
  },
  'tools/programs': { folders: [...DOMAIN, 'tools', 'processes'], packages: ['zod'] },
  'tools/host': { folders: [...DOMAIN, 'tools', 'hooks', 'timing', 'processes'] },
  'tools/host/guest': { folders: [...DOMAIN, 'tools', 'hooks', 'tools/host'], packages: ['zod', 'sucrase'] },
  hooks: { folders: [...DOMAIN, 'tools', 'timing'], packages: ['zod'] },
  storage: { folders: [...DOMAIN, 'documents', 'storage/upgrade'], packages: ['uuid'] },
  'storage/upgrade': { folders: [...RULES, 'storage'] },
  'storage/conformance': { folders: [...DOMAIN, 'storage'] },
  'storage/python-sdk': { folders: [...DOMAIN, 'storage', 'storage/upgrade'] },
  'storage/postgres': { folders: [...DOMAIN, 'storage', 'storage/upgrade'], packages: ['pg'] },
  clarifications: { folders: [...DOMAIN, 'documents'] },
  notices: {
    folders: [...DOMAIN, 'timing', 'processes', 'clarifications'],
    files: [
      'models/providers/model-names.ts',
      'storage/notices.ts',
      'storage/store.ts',
      'tools/builtin/mail-address.ts',
      'tools/builtin/mail-settings.ts',
      'tools/builtin/send-mail.ts',
      'tools/guarded-fetch.ts',
    ],
    packages: ['zod'],
  },

  traces: { folders: DOMAIN },

  planner: { folders: DOMAIN, files: PORTS, packages: ['zod'] },
  'planner/offline': { folders: DOMAIN },
  'executor/prompts': { folders: DOMAIN, files: ['models/model.ts'] },
  executor: {
    folders: [...DOMAIN, 'timing', 'executor/prompts', 'executor/steps'],
    files: [
      ...PORTS,
      'hooks/call-port.ts',
      'hooks/read-reply.ts',
      'tools/argument-problems.ts',
      'tools/call-ms.ts',
      'tools/consent-rule.ts',
      'tools/end-user.ts',
      'tools/inspect-tool.ts',
      'tools/named-files.ts',
      'tools/readiness.ts',
    ],
  },
  'executor/agents': {
    folders: [...DOMAIN, 'executor', 'executor/prompts'],
    files: [...PORTS, 'tools/argument-problems.ts'],
  },
  'executor/steps': {
    folders: [...DOMAIN, 'executor', 'executor/agents', 'executor/prompts'],
    files: PORTS,
  },
  builder: { folders: [...RULES, 'builder/steps'], packages: ['zod'] },
  'builder/steps': { folders: [...RULES, 'builder'] },
  config: {
    folders: [...DOMAIN, 'documents', 'models/providers'],
    files: [...PORTS, ...TOOL_SETTINGS, 'notices/notify-settings.ts', 'storage/postgres/store-url.ts'],
    packages: ['zod', 'conf'],
  },
  ui: {
    folders: [...DOMAIN, 'domain/recording', 'domain/testing', 'clarifications', 'timing'],
    files: PORTS,
    packages: ['inquirer', '@inquirer/*', 'ora', 'chalk'],
  },
  'ui/pages': { folders: [...DOMAIN, 'clarifications', 'ui', 'ui/pictures'] },

  'ui/ci': { folders: [...DOMAIN, 'clarifications', 'ui', 'ui/pictures'] },
  'ui/pictures': { folders: [...DOMAIN, 'ui'] },
  'ui/report': { folders: [...DOMAIN, 'ui', 'ui/pages', 'ui/pictures'] },
  'ui/reports': { folders: DOMAIN, packages: ['csv-stringify/*'] },

  'app/inputs': { folders: [...DOMAIN, 'documents', 'tools'], files: ['app/compile-schema.ts'] },
  'app/doctor': { folders: [...DOMAIN, ...ADAPTERS, 'config'] },
  'app/setup': { folders: [...DOMAIN, ...ADAPTERS, 'config'] },
  'app/signing': { folders: [...DOMAIN, ...ADAPTERS, 'config'] },
  'app/trust': { folders: [...DOMAIN, ...ADAPTERS, 'config', 'app'] },
  'app/replay': { folders: [...RULES, ...ADAPTERS, ...ENGINES, 'app', 'app/inputs', 'app/plans'] },
  'app/testing': { folders: [...RULES, ...ADAPTERS, ...ENGINES, 'app', 'app/inputs', 'app/plans', 'app/replay'] },
  'app/plans': { folders: [...RULES, ...ADAPTERS, ...ENGINES, 'config', 'app', 'app/inputs'] },
  app: { folders: [...RULES, ...ADAPTERS, ...ENGINES, ...APP, 'config'] },

  'ci/github': { folders: [...DOMAIN, 'documents'], packages: ['zod'] },

  server: { folders: BELOW_CLI },
  'server/users': {
    folders: [...DOMAIN, 'documents', 'storage'],
    packages: ['zod', '@zxcvbn-ts/core', '@zxcvbn-ts/language-common', 'otpauth'],
  },
  'server/mcp': {
    folders: [...BELOW_CLI, 'server'],
    packages: ['@modelcontextprotocol/server', '@modelcontextprotocol/server/*', 'zod'],
  },
  'server/web': {
    folders: [...BELOW_CLI, 'server', 'server/users'],
    packages: ['hono', 'hono/*', '@hono/node-server'],
  },

  'cli/session': { folders: BELOW_CLI, packages: ['commander'] },
  'cli/help': { folders: [...VALUES, 'domain', 'ui', 'cli/session'], packages: ['commander'] },
  'cli/completion': { folders: [...BELOW_CLI, 'cli/session', 'cli/help', 'cli/input'] },
  'cli/input': { folders: [...BELOW_CLI, 'cli/session'] },
  'cli/trust': { folders: [...BELOW_CLI, 'cli/session'] },
  'cli/output': { folders: [...BELOW_CLI, 'cli/session', 'cli/input'] },
  'cli/plans': { folders: [...BELOW_CLI, 'cli/session', 'cli/input', 'cli/output', 'cli/trust'] },
  'cli/runs': { folders: [...BELOW_CLI, 'cli/session', 'cli/input', 'cli/output', 'cli/trust'] },
  'cli/batch': { folders: [...BELOW_CLI, 'cli/session', 'cli/input', 'cli/output', 'cli/runs'] },
  'cli/queue': { folders: [...BELOW_CLI, 'cli/session', 'cli/input', 'cli/trust', 'cli/output', 'cli/runs'] },
  'cli/ci': {
    folders: [...BELOW_CLI, 'cli/session', 'cli/input', 'cli/trust', 'cli/output', 'cli/plans', 'cli/runs'],
  },
  'cli/notify': { folders: [...BELOW_CLI, 'cli/session'] },
  'cli/tools': {
    folders: [...BELOW_CLI, 'cli/session', 'cli/trust', 'cli/output', 'cli/runs'],
    packages: ['zod'],
  },
  'cli/mcp': {
    folders: [...BELOW_CLI, 'server', 'server/mcp', 'cli/session', 'cli/input', 'cli/trust', 'cli/output', 'cli/runs'],
  },
  'cli/users': { folders: [...BELOW_CLI, 'server/users', 'cli/session'] },
  'cli/serve': {
    folders: [...BELOW_CLI, 'server', 'server/users', 'server/web', 'cli/session', 'cli/users'],
  },
  'cli/commands': {
    folders: [
      ...BELOW_CLI,
      'cli/session',
      'cli/help',
      'cli/completion',
      'cli/input',
      'cli/trust',
      'cli/output',
      'cli/plans',
      'cli/runs',
      'cli/batch',
      'cli/queue',
      'cli/ci',
      'cli/notify',
      'cli/tools',
      'cli/mcp',
      'cli/users',
      'cli/serve',
    ],
  },
  cli: {
    folders: ['domain', ...VALUES, 'app', 'ui', 'cli/session', 'cli/help', 'cli/output', 'cli/commands'],
    packages: ['commander'],
  },

  library: { folders: [...BELOW_CLI.filter((folder) => !folder.startsWith('ui')), 'builder', 'ui/report'] },
  '.': { folders: [...DOMAIN, ...ADAPTERS, 'storage/conformance', 'executor', 'app/plans', 'builder', 'library'] },
};
