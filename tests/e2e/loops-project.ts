import { readFileSync } from 'node:fs';

import type { KillScenario } from '../support/kill-everywhere.js';
import { makeProject } from '../support/portia.js';

export const loopsProject = (): string =>
  makeProject({ 'loops.json': readFileSync('plans/loops-and-branches.json', 'utf8') });

export const loopsScenario: KillScenario = { project: loopsProject, start: ['run-plan', 'loops.json'] };
