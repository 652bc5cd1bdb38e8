import { headerVariables } from '../config/model-settings.js';
import { storePassword } from '../config/store-choice.js';
import { MODEL_ROLES } from '../domain/values/model-roles.js';
import { liveRedactor, type LiveRedactor } from '../domain/values/redaction.js';
import { PROVIDERS } from '../models/providers/providers.js';
import type { Models } from './models.js';
import type { InForce } from './open-project.js';

/** Variables whose values are never shown: the program of an `exec:` model sees the whole environment. */
const KEY_VARIABLES = ['TAVILY_API_KEY', ...Object.values(PROVIDERS).flatMap(({ keyVariables }) => keyVariables)];

/** Takes the keys of models, tools and the store out of what is printed or stored. */
export function createRedactor({ variables, settings }: InForce, { modelChoice, whenKeyComes }: Models): LiveRedactor {
  const inHeaders = headerVariables([...settings.modelSettings.values()].flat());
  const redactor = liveRedactor(() => {
    const choices = MODEL_ROLES.map((role) => modelChoice(role));
    const modelKeys = choices.flatMap((choice) =>
      choice.kind === 'openai' && choice.key !== null ? [choice.key] : [],
    );
    const otherKeys = [...KEY_VARIABLES, ...inHeaders].flatMap((name) => {
      const value = variables(name)?.value;
      return value === undefined ? [] : [{ name, value }];
    });
    const password = storePassword(settings.store.value);
    const ofStore = password === undefined ? [] : [{ name: 'the password of the store', value: password }];
    return [...modelKeys, ...otherKeys, ...ofStore];
  });
  whenKeyComes((key) => redactor.add(key));
  return redactor;
}
