import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { PUBLISHED_KINDS, publishedSchema, type PublishedKind } from '../../domain/published-schemas.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { createSession } from '../session/session.js';

/** Prints the JSON Schema of what portia reads and writes. */
export const command = defineCommand({
  choices: PUBLISHED_KINDS,
  about:
    'A JSON Schema, draft 2020-12, for editors that complete and check, and for programs that read what portia writes.',
  examples: [
    ['portia schema plan > plan.schema.json', 'for editors: completion, and mistakes as you type'],
    ['portia schema event', 'of one line of events.ndjson'],
  ],
  flags: {},
  async run(invocation) {
    const kind = readKind(invocation.parameters[0] ?? '');
    const session = await createSession(invocation);
    const schema = publishedSchema(kind);
    await session.print({ record: schema, human: () => `${JSON.stringify(schema, null, 2)}\n` });
    return EXIT.complete;
  },
});

function readKind(text: string): PublishedKind {
  const kind = PUBLISHED_KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  const nearest = nearestName(text, PUBLISHED_KINDS) ?? 'plan';
  throw new PortiaError('usage', `There is no schema of ${JSON.stringify(text)}.`, {
    why: `There are: ${PUBLISHED_KINDS.join(', ')}.`,
    fix: portia('schema', nearest),
  });
}
