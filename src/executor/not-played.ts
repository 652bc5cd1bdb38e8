import { Interruption } from './interruption.js';

/** Nothing answers a call: the run stops before it. */
export class NotPlayed extends Interruption {
  constructor() {
    super('a call that nothing answers');
  }
}

/** The time of the step was over when its call was recorded. */
export class StepIsLate extends Error {
  override readonly name = 'StepIsLate';
}
