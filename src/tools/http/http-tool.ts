import { digestValue } from '../../domain/values/digest.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import { LONGEST_TIMER_MS } from '../../timing/limit.js';
import { declaredArguments, declaredTool } from '../declared-tool.js';
import { guardedFetch, NotPublic, RequestFault, type GuardedRequest } from '../guarded-fetch.js';
import { notDone } from '../not-done.js';
import { bareHost, namesMachine } from '../public-address.js';
import { schemaArguments, type CompileSchema } from '../schema-arguments.js';
import { NotFilled, type Evaluate } from '../setting-templates.js';
import type { Readiness, Tool, ToolContext, ToolResult } from '../tool.js';
import type { JsonObject } from '../../domain/values/json.js';
import { failureOf, failureOfFault, resultOf } from './http-answer.js';
import { httpCall } from './http-request.js';
import { isReading, type HttpSettings } from './http-settings.js';
import { variablesIn } from './http-variables.js';

interface HttpToolParts {
  /** Where it is declared. */
  file: string;
  evaluate: Evaluate;
  compile: CompileSchema;
}

/** The tool that settings declare as an HTTP call. */
export function createHttpTool(id: string, settings: HttpSettings, { file, evaluate, compile }: HttpToolParts): Tool {
  const effect = settings.effect ?? effectOf(settings);
  return {
    ...declaredTool(id, settings),
    effect,
    source: 'http',
    sends: settings.sends ?? true,
    origin: { file, digest: digestValue(settings) },
    ...schemaArguments(id, declaredArguments(settings), compile),
    readiness: (environment) => readiness(settings, environment.variable),
    run: async (context, args) => call(settings, context, { args, effect, evaluate, place: `http.${id} in ${file}` }),
  };
}

/** What HTTP itself says of its methods. */
export function effectOf({ method = 'GET' }: HttpSettings): ToolEffect {
  if (isReading({ method })) return 'read';
  return method === 'PUT' || method === 'DELETE' ? 'idempotent' : 'once';
}

function readiness(settings: HttpSettings, variable: (name: string) => string | undefined): Readiness {
  const [missing] = variablesIn(settings).filter((name) => variable(name) === undefined);
  if (missing === undefined) return { ready: true };
  const why = `${missing} is not set, and every call sends it to ${new URL(settings.url).host}.`;
  return { ready: false, why, fix: `export ${missing}=…   # or a line in .env` };
}

interface HttpCall {
  args: JsonObject;
  effect: ToolEffect;
  evaluate: Evaluate;
  /** Where it is declared, for people. */
  place: string;
}

async function call(
  settings: HttpSettings,
  { environment, idempotencyKey, signal }: ToolContext,
  { args, effect, evaluate, place }: HttpCall,
): Promise<ToolResult> {
  try {
    const { headers, ...request } = await httpCall(settings, { args, evaluate, variable: environment.variable });
    const key = effect === 'read' ? undefined : { 'idempotency-key': idempotencyKey };
    const { method = 'GET', output } = settings;
    const answer = await guardedFetch({
      method,
      ...request,
      headers: { ...key, ...headers },
      ...bounds(settings, signal),
    });
    if (answer.status < 200 || answer.status > 299) return failureOf(answer, effect);
    return await resultOf(answer, { output, effect, evaluate });
  } catch (error) {
    if (error instanceof NotFilled) return notDone(error.message, true);
    if (error instanceof NotPublic && mayAllow(settings, error.host))
      return notDone(`${error.message}. ${ifYours(place)}`);
    if (error instanceof RequestFault) return failureOfFault(error, effect);
    throw error;
  }
}

/** Whether a person may open the way: nothing is said of it yet, and the server is the one that the settings name. */
function mayAllow({ url, private_network: isPrivate }: HttpSettings, host: string): boolean {
  return isPrivate === undefined && bareHost(new URL(url)) === host;
}

const ifYours = (place: string): string => `If it is your own server, add "private_network": true to ${place}`;

/** Whoever made the settings named the server: an address or a name of this machine in it is meant. */
function bounds({ url, private_network: isPrivate }: HttpSettings, signal: AbortSignal) {
  const isNamed = namesMachine(new URL(url));
  // The executor's time of the call is the only limit.
  return { signal, mayBePrivate: isPrivate ?? isNamed, timeoutMs: LONGEST_TIMER_MS } satisfies Partial<GuardedRequest>;
}
