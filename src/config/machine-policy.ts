import * as z from 'zod';

import type { PolicyRule } from '../domain/values/policies.js';
import { badSettingsFile } from './invalid-settings.js';
import { pointerTo } from './settings-secrets.js';
import { approvalsSchema } from './settings-schema.js';
import { readSettingsJson } from './settings-text.js';

const machinePolicySchema = z.strictObject({ approvals: approvalsSchema });

/** The rules that hold for all users of a machine. Without the file there are none; throws `invalid-settings` for a bad one. */
export function readMachinePolicy(path: string): PolicyRule[] {
  const json = readSettingsJson(path);
  if (json === undefined) return [];
  const parsed = machinePolicySchema.safeParse(json.value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      severity: 'error' as const,
      rule: 'bad-value',
      message: `${issue.path.map(String).join('/') || 'the file'}: ${issue.message}`,
      pointer: pointerTo(issue.path),
    }));
    throw badSettingsFile(path, problems);
  }
  return Object.entries(parsed.data.approvals).map(([glob, policy]) => ({
    glob,
    policy,
    source: `${path} approvals.${glob}`,
  }));
}
