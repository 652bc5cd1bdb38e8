import { resolve } from 'node:path';

import { readStoreChoice } from '../config/store-choice.js';
import { PortiaError } from '../domain/errors.js';
import type { Store } from '../storage/store.js';

const METHODS: Readonly<Record<keyof Store, true>> = {
  clock: true,
  has: true,
  savePlan: true,
  readPlan: true,
  readRequest: true,
  readPlanning: true,
  listPlanIds: true,
  removePlan: true,
  addComment: true,
  listComments: true,
  removeComment: true,
  readRun: true,
  requireRun: true,
  readRunBrief: true,
  readEvents: true,
  findLogBreak: true,
  createRun: true,
  openRun: true,
  listRunIds: true,
  listRuns: true,
  runChanges: true,
  readMemory: true,
  readLines: true,
  receiveRuns: true,
  removeRun: true,
  findKey: true,
  claimKey: true,
  listKeys: true,
  keepSealed: true,
  readSealed: true,
  forgetSealed: true,
  sendSignal: true,
  takeSignal: true,
  hasSignal: true,
  countSignals: true,
  forgetSignal: true,
  readEndUser: true,
  listEndUserIds: true,
  changeEndUser: true,
  keepEndUser: true,
};

/** Throws `invalid-settings` for an address that cannot be used, and `usage` for an object that is not a store. */
export function refuseWrongStore(store: unknown): void {
  if (typeof store === 'string') return void readStoreChoice(store, 'store', resolve);
  const methods = Object.keys(METHODS);
  if (typeof store !== 'object' || store === null) {
    throw notAStore(`it is an address, or an object with the methods ${methods.slice(0, 3).join(', ')} …`);
  }
  const missing = methods.find((name) => typeof Reflect.get(store, name) !== 'function');
  if (missing !== undefined) throw notAStore(`it lacks the method ${missing}`);
}

function notAStore(why: string): PortiaError {
  return new PortiaError('usage', 'The option store cannot be used.', {
    why: `${why[0]?.toUpperCase()}${why.slice(1)}.`,
    fix: 'Try your store with the checks of portia/store-conformance, or give an address: file:., memory: or postgres://…',
  });
}
