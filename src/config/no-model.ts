import { advice, adviceLines, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { type ResolvedModel } from '../models/providers/model-names.js';
import { PROVIDER_NAMES, PROVIDERS } from '../models/providers/providers.js';
import type { Sourced } from './layer.js';
import type { ModelRole } from '../domain/values/model-roles.js';

// Remarks are comments of the shell, so that whole lines can be pasted.
const USE_OPENAI = 'export OPENAI_API_KEY=…   # use OpenAI, then run the same command again';
const USE_SERVER =
  '# or use a server of your own, e.g. Ollama:\nexport OPENAI_BASE_URL=http://127.0.0.1:11434/v1 PORTIA_MODEL=qwen3:4b';
const USE_NONE = advice`${portia('help', 'offline')}   # what works without a model`;

/** Nobody named a model and there is no key. `otherKeys` are keys of providers whose model must be named. */
export function noModel(role: ModelRole, otherKeys: { provider: string; variable: string }[]): PortiaError {
  const what =
    role === 'planning' ? 'Nothing to plan with: no model is configured.' : `No model for ${role} is configured.`;
  const isSet = otherKeys.map(({ variable }) => `${variable} is set, but no model of that provider is named.`);
  const useThem = otherKeys.map(({ provider }) => `export PORTIA_MODEL=${provider}/NAME_OF_THE_MODEL`);
  return new PortiaError('no-model', what, {
    why: ['OPENAI_API_KEY is not set, and no base URL is given.', ...isSet].join('\n'),
    fix: adviceLines([...useThem, USE_OPENAI, USE_SERVER, USE_NONE]),
  });
}

/** A model of a provider is asked for, and the provider's key is missing. */
export function keyMissing(resolved: ResolvedModel, named: Sourced<string> | undefined): PortiaError {
  const [variable = 'OPENAI_API_KEY'] = resolved.keyVariables;
  const { keyCommand } = PROVIDERS[resolved.provider];
  const key = keyCommand === undefined ? '…' : `"$(${keyCommand})"`;
  const by = named === undefined ? '' : `, which ${named.source} names,`;
  return new PortiaError('no-model', `There is no key for the model ${resolved.id}.`, {
    why: `The model ${resolved.id}${by} needs a key in ${resolved.keyVariables.join(' or ')}, and it is not set.`,
    fix: adviceLines([`export ${variable}=${key}`, USE_SERVER, USE_NONE]),
  });
}

export function providerWithoutModel(provider: Sourced<string>): PortiaError {
  return new PortiaError('no-model', `No model of ${provider.value} is named.`, {
    why: `${provider.source} chooses the provider, but not which of its models to use.`,
    fix: `export PORTIA_MODEL=${provider.value}/NAME_OF_THE_MODEL`,
  });
}

export function unknownProvider(provider: Sourced<string>): PortiaError {
  return new PortiaError('invalid-settings', `${provider.source} names no provider that is known.`, {
    why: `The providers are ${PROVIDER_NAMES.join(', ')}.`,
    fix: 'export PORTIA_LLM_PROVIDER=openai',
  });
}

/** The key that a setting names cannot be had. */
export function unusableKey(naming: Sourced<string>, why: string): PortiaError {
  const isFile = naming.source.includes('file');
  return new PortiaError('no-model', `There is no key where ${naming.source} says.`, {
    why,
    fix: isFile ? `write the key into ${naming.value}, or name another file` : `export ${naming.value}=…`,
  });
}

/** A key is named for a server, and nobody said that this person's key may go there. */
export function keyWithheld(naming: Sourced<string>, baseUrl: Sourced<string>): PortiaError {
  const { origin } = new URL(baseUrl.value);
  return new PortiaError('no-model', `The key of ${naming.value} is not sent to ${origin}.`, {
    why: `${baseUrl.source} names the server, the key is yours, and you have not said that it may go there.`,
    fix: advice`${portia('trust')}   # if ${origin} may have it; the answer is kept`,
  });
}

/** A header takes a variable for a server, and nobody said that it may go there. */
export function headerWithheld(header: string, variable: string, baseUrl: Sourced<string>): PortiaError {
  const { origin } = new URL(baseUrl.value);
  return new PortiaError('no-model', `${variable} is not sent to ${origin}.`, {
    why: `${header} takes it, ${baseUrl.source} names the server, and you have not said that it may go there.`,
    fix: advice`${portia('trust')}   # if ${origin} may have it; the answer is kept`,
  });
}
