import { offersOf, providersOf, rolesOf } from '../../app/list-models.js';
import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { providerNamed } from '../../models/providers/model-names.js';
import { PROVIDER_NAMES, type ProviderName } from '../../models/providers/providers.js';
import { modelsView, offersView } from '../../ui/models-view.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { MODEL_FLAGS } from '../session/options.js';
import { createSession } from '../session/session.js';

const FLAGS = { ...MODEL_FLAGS, online: flag.toggle('--online', 'ask the servers which models they offer') };

/** Which models are used here, and which could be. */
export const command = defineCommand({
  choices: PROVIDER_NAMES,
  about:
    'Without --online: the model of each role, and every provider with its key, or what is missing. With --online: all ' +
    'models that the servers in use offer, or those of one provider, by the names that --model takes.',
  examples: [
    ['portia models', 'what is used here; keys are named, never printed'],
    ['portia models openai --online', 'what OpenAI offers'],
    ['portia models --online --format ndjson', 'one model for each line'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const [name] = invocation.parameters;
    const only = name === undefined ? undefined : requireProvider(name);
    const session = await createSession(invocation);
    const { services } = session;
    if (session.options.online !== true) {
      const listed = { roles: rolesOf(services), providers: providersOf(services, only) };
      await session.print({ record: listed, human: (look) => modelsView(listed, look) });
      return EXIT.complete;
    }
    const offers = await offersOf(services, only);
    await session.print({ record: offers, human: (look) => offersView(offers, look) });
    return EXIT.complete;
  },
});

function requireProvider(name: string): ProviderName {
  const provider = providerNamed(name);
  if (provider !== undefined) return provider;
  throw new PortiaError('usage', `There is no provider ${JSON.stringify(name)}.`, {
    why: `The providers are ${PROVIDER_NAMES.join(', ')}.`,
    fix: portia('models', nearestName(name, PROVIDER_NAMES) ?? 'openai', '--online'),
  });
}
