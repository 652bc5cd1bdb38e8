import { ORIGINS, type Sourced } from './layer.js';

/**
 * Milliseconds that one call of a model may take: its own `timeout_ms`, or `model_timeout_ms` where a stronger source
 * says that for all models; undefined when nobody says.
 */
export function modelTimeoutMs(
  own: Sourced<number> | undefined,
  ofAll: Sourced<number> | undefined,
): number | undefined {
  if (own === undefined || ofAll === undefined) return (own ?? ofAll)?.value;
  return ORIGINS.indexOf(ofAll.origin) < ORIGINS.indexOf(own.origin) ? ofAll.value : own.value;
}
