import type { EventOf } from '../domain/run/events.js';
import type { Json } from '../domain/values/json.js';
import type { Drive } from './drives.js';

/** Everything recorded about one effect, by its key. */
export interface EffectRecord {
  toolStarted?: EventOf<'tool.started'>;
  toolFinished?: EventOf<'tool.finished'>;
  toolFailed?: EventOf<'tool.failed'>;
  modelFinished?: EventOf<'model.finished'>;
  modelFailed?: EventOf<'model.failed'>;
  waitStarted?: EventOf<'wait.started'>;
  signalReceived?: EventOf<'signal.received'>;
  /** How often the call was begun. */
  starts: number;
  /** The drive that began it last. */
  drive?: Drive | undefined;
  /** What the call kept when it asked last. */
  kept?: Json | undefined;
}
