export type * from './plan-schema.js';
export type { Usage } from './usage-schema.js';

export const PLAN_SCHEMA_VERSION = 1;
