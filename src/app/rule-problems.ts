import { readMachinePolicy } from '../config/machine-policy.js';
import type { Settings } from '../config/settings.js';
import { brokenRules } from '../tools/broken-rules.js';

/** A sentence for each rule about calls, of any place, that can never be judged. Throws `invalid-settings`. */
export function ruleProblems({ approvals }: Settings, machinePolicy: string): string[] {
  return brokenRules([...readMachinePolicy(machinePolicy), ...approvals]);
}
