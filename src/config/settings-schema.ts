import * as z from 'zod';

import type { Problem } from '../domain/errors.js';
import { AGENT_TYPES } from '../domain/values/agent-types.js';
import { ROLES } from '../domain/values/roles.js';
import { json } from '../domain/values/schema-atoms.js';
import { baseUrlProblem } from '../models/providers/base-url.js';
import { providerNamed } from '../models/providers/model-names.js';
import { nearestName } from '../domain/values/nearest-name.js';
import { isSecretName } from '../domain/values/secret-names.js';
import { httpSettingsSchema } from '../tools/http/http-settings.js';
import { notifySettingsSchema, notifyTargetsSchema } from '../notices/notify-settings.js';
import { mcpSettingsSchema } from '../tools/mcp/mcp-settings.js';
import { programSettingsSchema } from '../tools/programs/program-settings.js';
import { EXAMPLE_CHOICES, PLANNER_CHOICES, SANDBOXES } from './layer.js';
import { POLICIES } from '../domain/values/policies.js';
import { VARIABLE_NAME } from '../domain/environment.js';
import { pointerTo, secretProblems } from './settings-secrets.js';
import { mailSettingsSchema } from '../tools/builtin/mail-settings.js';
import { MAIL_TOOL } from '../tools/builtin/mail-tool.js';
import { toolIdSchema } from '../tools/declared-tool.js';
import { MODEL_SETTINGS, modelSettingsProblems, modelSettingsSchema, priceSchema } from './model-settings-schema.js';

const text = z.string().min(1, 'must not be empty');
/** Or a glob. */
const fileName = text.regex(/^[^\0]*$/, 'must not hold U+0000');

const baseUrl = z.string().check((context) => {
  const problem = baseUrlProblem(context.value);
  if (problem !== undefined) context.issues.push({ code: 'custom', message: problem, input: '' });
});

const variableName = z
  .string()
  .regex(VARIABLE_NAME, 'must be the name of a variable, like OPENAI_API_KEY, and never the key itself');

const toolsSchema = z.strictObject({
  /** Files or globs, from the folder of the settings file. */
  modules: z.array(fileName).optional(),
  /** Tool ids or globs that are off unless switched on. */
  enable: z.array(text).optional(),
  disable: z.array(text).optional(),
  /** Another description for the planner, by tool id. */
  describe: z.record(text, text).optional(),
  /** Settings by tool id and name. */
  settings: z.record(text, z.record(text, json)).optional(),
  /** Processes in which tool modules work, at a time. */
  hosts: z.int().positive().optional(),
  /** Restricts these processes by Node's permission model. */
  sandbox: z.enum(SANDBOXES).optional(),
});

const policySchema = z.enum(POLICIES);
const approvalSchema = z.union(
  [policySchema, z.array(z.strictObject({ when: text, then: policySchema })).min(1)],
  'expected ask, allow or deny, or a list such as [{"when": "$args.amount < 10", "then": "allow"}]',
);

export const approvalsSchema = z.record(text, approvalSchema);

const modelsSchema = z.strictObject({
  planning: text.optional(),
  execution: text.optional(),
  introspection: text.optional(),
  summarizer: text.optional(),
  /** Says which liked plans are near to a request. */
  embeddings: text.regex(/^(?!exec:)/, 'must be provider/name: a program gives no embeddings').optional(),
});

const providerName = z
  .string()
  .refine((name) => providerNamed(name) !== undefined, 'must be the name of a provider, like openai');
const names = z.array(text).min(1, 'must name a model').optional();
const fallbacksSchema = z.strictObject({
  planning: names,
  execution: names,
  introspection: names,
  summarizer: names,
});
/** A program and its arguments; a text is divided at its spaces. */
const keyCommand = z.union(
  [
    text.regex(
      /^[^'"\\]*\S[^'"\\]*$/,
      'write words with quotes or spaces as a list, such as ["pass", "show", "my key"]',
    ),
    z.array(fileName).min(1, 'must name a program'),
  ],
  'expected a command without quotes, or a list such as ["pass", "show", "openai"]',
);
const most = z.int('must be a whole number, 1 or more').positive('must be 1 or more');
const callLimitsSchema = z.strictObject({
  requests_per_minute: most.optional(),
  tokens_per_minute: most.optional(),
  calls_at_once: most.optional(),
});
const limitsSchema = z.strictObject({
  per_plan: most.optional(),
  per_end_user: most.optional(),
  /** By label. */
  labels: z.record(text, most).optional(),
  /** How often models are asked, by provider. */
  providers: z.record(providerName, callLimitsSchema).optional(),
});

/** About `portia serve`. */
const serveSchema = z.strictObject({
  /** The address under which people reach it. */
  public_url: baseUrl.optional(),
  /** The file that says who may sign in. */
  users: fileName.optional(),
  /** From this role on a second factor is needed. */
  second_factor: z.enum(ROLES).optional(),
});

const keys = {
  /** For editors. */
  $schema: z.string().optional(),
  model: text.optional(),
  models: modelsSchema.optional(),
  /** Models that are asked in this order when that of the role cannot be. */
  fallbacks: fallbacksSchema.optional(),
  base_url: baseUrl.optional(),
  api_key_env: variableName.optional(),
  api_key_file: fileName.optional(),
  /** Programs that print the keys of providers, by their names. */
  api_key_command: z.record(providerName, keyCommand).optional(),
  planner: z.enum(PLANNER_CHOICES).optional(),
  /** How agents work whose steps do not say. */
  agent: z.enum(AGENT_TYPES).optional(),
  /** Take the plan that this user made or approved for the same request. */
  reuse_plans: z.boolean().optional(),
  /** Learn from the plans that this user liked. */
  examples: z.enum(EXAMPLE_CHOICES).optional(),
  tools: toolsSchema.optional(),
  /** Programs that are tools, by their ids. */
  programs: z.record(toolIdSchema, programSettingsSchema).optional(),
  /** HTTP calls that are tools, by their ids. */
  http: z.record(toolIdSchema, httpSettingsSchema).optional(),
  /** Who is told when a run asks, fails or ends, by names. */
  notify: notifyTargetsSchema.optional(),
  /** About the servers of `.mcp.json`. */
  mcp: mcpSettingsSchema.optional(),
  /** By ids or globs of tools. */
  approvals: approvalsSchema.optional(),
  allow_paths: z.array(fileName).optional(),
  large_output_threshold_tokens: z.int().positive().optional(),
  /** Keep what models thought in the events of a run. */
  record_reasoning: z.boolean().optional(),
  shared_files: z.boolean().optional(),
  serve: serveSchema.optional(),
  /** Keep what models were sent beside the events of a run. */
  record_requests: z.boolean().optional(),
  /** How many runs workers drive at a time, and how often models are asked. */
  limits: limitsSchema.optional(),
  storage_dir: text.optional(),
  /** `file:`, `file:FOLDER`, `memory:` or `postgres://…`. */
  store: text.optional(),
  /** By `provider/name` of the model. */
  prices: z.record(text, priceSchema).optional(),
  /** For one call of a model, with all its attempts. */
  model_timeout_ms: z.int().positive().optional(),
  /** By `provider/name` of the model. */
  model_settings: z.record(text, modelSettingsSchema).optional(),
};

/** `portia.json`. */
export const projectSettingsSchema = z.strictObject({
  ...keys,
  /** The module whose hooks look at what is planned and run; from the folder of the file. */
  hooks: fileName.optional(),
});

/** `config.json` in the user's own settings folder. */
export const userSettingsSchema = z.strictObject({
  ...keys,
  /** Origins named by a project that may get keys from this user's environment. */
  trusted_origins: z.array(baseUrl).optional(),
  /** Variables that programs which stand for a model get, beside those that every program gets. */
  exec_env: z.array(variableName).optional(),
  /** By the real path of a project's root, numeric ids of other users whose files count there. */
  trusted_owners: z.record(text, z.array(z.int().min(0))).optional(),
});

const USER_ONLY: ReadonlySet<string> = new Set(['trusted_origins', 'trusted_owners']);

export type ProjectSettings = z.infer<typeof projectSettingsSchema>;
export type UserSettings = z.infer<typeof userSettingsSchema>;

const KNOWN_KEYS: Record<string, string[]> = {
  '': [...Object.keys(keys).filter((key) => key !== '$schema'), 'hooks'],
  models: Object.keys(modelsSchema.shape),
  fallbacks: Object.keys(fallbacksSchema.shape),
  tools: Object.keys(toolsSchema.shape),
  [`tools/settings/${MAIL_TOOL}`]: Object.keys(mailSettingsSchema.shape),
  mcp: Object.keys(mcpSettingsSchema.shape),
  limits: Object.keys(limitsSchema.shape),
  serve: Object.keys(serveSchema.shape),
};

/** The keys of a tool or a model that has an entry at this place. */
function keysOfEntry([kind, name, ...more]: readonly PropertyKey[]): string[] {
  if (kind === 'limits' && name === 'providers' && more.length === 1) return Object.keys(callLimitsSchema.shape);
  if (name === undefined || more.length > 0) return [];
  if (kind === 'model_settings') return MODEL_SETTINGS;
  if (kind === 'notify') return Object.keys(notifySettingsSchema.shape);
  if (kind === 'programs') return Object.keys(programSettingsSchema.shape);
  return kind === 'http' ? Object.keys(httpSettingsSchema.shape) : [];
}

export type CheckedSettings<T> = { ok: true; settings: T } | { ok: false; problems: Problem[] };

/** Everything that is wrong at once. Messages never quote values, which may be keys. */
export function checkProjectSettings(value: unknown): CheckedSettings<ProjectSettings> {
  return check(projectSettingsSchema, value);
}

export function checkUserSettings(value: unknown): CheckedSettings<UserSettings> {
  return check(userSettingsSchema, value);
}

function check<T extends ProjectSettings>(schema: z.ZodType<T>, value: unknown): CheckedSettings<T> {
  const result = schema.safeParse(value);
  if (!result.success) return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
  const problems = [
    ...secretProblems(result.data),
    ...modelSettingsProblems(result.data.model_settings ?? {}),
    ...timeProblems(result.data),
    ...variableProblems(result.data),
    ...mailProblems(result.data),
    ...contradictions(result.data),
  ];
  return problems.length === 0 ? { ok: true, settings: result.data } : { ok: false, problems };
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const pointer = pointerTo(issue.path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, issue.path));
  if (issue.path.length === 0) {
    return [{ severity: 'error', rule: 'no-object', message: 'the file must hold one JSON object', pointer }];
  }
  const said = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const message = said.replace(/^Invalid (input|option): /, '');
  return [{ severity: 'error', rule: 'bad-value', message: `${issue.path.join('/')}: ${message}`, pointer }];
}

function unknownKey(key: string, parent: readonly PropertyKey[]): Problem {
  const path = [...parent, key];
  const name = path.join('/');
  const pointer = pointerTo(path);
  const problem = { severity: 'error', rule: 'unknown-key', pointer } as const;
  if (isSecretName(key)) {
    const fix = 'put the key into .env or the shell, and its name here as "api_key_env": "OPENAI_API_KEY"';
    return { ...problem, message: `${name}: keys do not belong in a settings file`, fix };
  }
  if (USER_ONLY.has(key)) {
    return { ...problem, message: `${name}: only the user's own settings can say whom to trust` };
  }
  if (key === 'exec_env') {
    return { ...problem, message: `${name}: only the user's own settings can give variables to programs` };
  }
  const known = KNOWN_KEYS[parent.join('/')] ?? keysOfEntry(parent);
  const near = nearestName(key, known);
  return {
    ...problem,
    message: `${name}: no such setting`,
    fix: near === undefined ? `the settings here are ${known.join(', ')}` : `did you mean "${near}"?`,
  };
}

/** Every tool has the time of its calls as a setting; the others are its own. */
function timeProblems(settings: ProjectSettings): Problem[] {
  return Object.entries(settings.tools?.settings ?? {}).flatMap(([tool, { timeout_ms: ms }]) => {
    if (ms === undefined || (typeof ms === 'number' && Number.isInteger(ms) && ms > 0)) return [];
    const path = ['tools', 'settings', tool, 'timeout_ms'];
    const message = `${path.join('/')}: expected a whole number of milliseconds, 1 or more`;
    return [{ severity: 'error', rule: 'bad-value', message, pointer: pointerTo(path) }];
  });
}

/** Variables that a module's tool is given. */
function variableProblems(settings: ProjectSettings): Problem[] {
  return Object.entries(settings.tools?.settings ?? {}).flatMap(([tool, { env }]) => {
    if (env === undefined || z.array(variableName).safeParse(env).success) return [];
    const path = ['tools', 'settings', tool, 'env'];
    const message = `${path.join('/')}: expected a list of names of variables, like ["DEPLOY_TOKEN"]`;
    return [{ severity: 'error', rule: 'bad-value', message, pointer: pointerTo(path) }];
  });
}

/** Of the one built-in tool that has many settings of its own. */
function mailProblems(settings: ProjectSettings): Problem[] {
  const result = mailSettingsSchema.safeParse(settings.tools?.settings?.[MAIL_TOOL] ?? {});
  const place = ['tools', 'settings', MAIL_TOOL];
  return (result.error?.issues ?? []).flatMap((issue) => problemsOf({ ...issue, path: [...place, ...issue.path] }));
}

function contradictions(settings: ProjectSettings): Problem[] {
  const enabled = settings.tools?.enable ?? [];
  return (settings.tools?.disable ?? [])
    .filter((tool) => enabled.includes(tool))
    .map((tool) => ({
      severity: 'error',
      rule: 'contradiction',
      message: `tools: ${JSON.stringify(tool)} is both enabled and disabled`,
      pointer: '/tools/disable',
    }));
}
