import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startJsonServer } from './json-server.js';
import { portiaHere } from './portia-here.js';

/** A run whose step 3 asks a model. */
export async function runWithPrompt(cwd: string): Promise<void> {
  const compute = (output: string) => ({ kind: 'compute', expression: '1', output });
  const greet = { kind: 'llm', task: 'Greet.', inputs: [], output: '$greeting' };
  const steps = [compute('$a'), compute('$b'), compute('$c'), greet];
  writeFileSync(join(cwd, 'greet.json'), JSON.stringify({ plan_context: { query: 'q', tool_ids: [] }, steps }));
  await portiaHere(['run-plan', 'greet.json', '-m', 'exec:echo Hello'], { cwd });
}

/** A server that offers one model. */
export async function useListingServer(cwd: string): Promise<void> {
  const { origin } = await startJsonServer(() => ({ body: { object: 'list', data: [{ id: 'm', object: 'model' }] } }));
  writeFileSync(join(cwd, '.env'), `OPENAI_BASE_URL=${origin}/v1\nOPENAI_API_KEY=sk-test\n`);
}
