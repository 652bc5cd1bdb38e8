import type { Advice } from '../../domain/next-step.js';

/** One line of `portia doctor`. `off` is something that is not in use and need not be. */
export interface Check {
  /** Stable: `node`, `platform`, `storage.plans`, `model.planning`, `tool.search_tool`, … */
  id: string;
  status: 'ok' | 'warning' | 'failed' | 'off';
  what: string;
  fix?: Advice | undefined;
}
