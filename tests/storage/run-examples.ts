export { CREATED, eventsOfRun, PLAN_ID, planWith, RUN_ID } from '../../src/storage/conformance/run-examples.js';

export const now = (): Date => new Date('2024-05-06T07:08:09.000Z');
