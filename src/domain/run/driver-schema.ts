import * as z from 'zod';

import { withDescription } from '../values/schema-meta.js';

export const callProcess = z.looseObject({
  pid: z.number().int(),
  start: withDescription(z.string(), 'When the kernel started it, in the words of the kernel'),
  boot: z.string(),
  namespace: z.string(),
});
export const driver = withDescription(
  callProcess.extend({
    host: z.string(),
    machine: withDescription(z.string(), 'A mark that tells machines of the same name apart'),
    lease_ms: withDescription(z.number(), 'How long it has the run after each renewal; 0 for as long as it lives'),
  }),
  'The process that drives the run',
);
export const setup = withDescription(
  z.looseObject({
    version: withDescription(z.string(), 'The version of portia'),
    jobs: withDescription(z.number(), 'Steps that may be done at a time'),
    large_output_tokens: withDescription(z.number(), 'Values with more tokens are kept beside the log'),
    summarize: withDescription(z.literal(true).optional(), 'A summary of the run is asked for'),
    policies: withDescription(z.string().optional(), 'SHA-256 of the rules about calls of tools'),
  }),
  'What steers the drive beside its plan',
);
