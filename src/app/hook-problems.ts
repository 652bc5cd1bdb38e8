import { PortiaError, type Problem } from '../domain/errors.js';
import type { Services } from './services.js';

/** No plan can be run with hooks that cannot be used. */
export async function hookProblems(services: Pick<Services, 'hooks'>): Promise<Problem[]> {
  try {
    await services.hooks();
    return [];
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code !== 'invalid-settings') throw error;
    const { why, fix } = error.details;
    const message = [error.message, why].filter(Boolean).join(' ');
    return [{ severity: 'error', rule: 'hooks', message, pointer: '', fix }];
  }
}
