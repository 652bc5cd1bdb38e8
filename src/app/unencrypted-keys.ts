import { unencryptedKeyWarnings, keysOfModels, type SentKey } from '../config/key-warnings.js';
import type { Settings } from '../config/settings.js';
import { MODEL_ROLES } from '../domain/values/model-roles.js';
import { variablesIn } from '../tools/http/http-variables.js';
import type { ToolEnvironment } from '../tools/tool.js';
import type { Models } from './models.js';

/** Keys that go over the network unencrypted, each in words. */
export function keyWarnings({ modelChoice }: Models, { http }: Settings, environment: ToolEnvironment): string[] {
  const ofHttp = http.flatMap(({ value }) => variablesIn(value).map((name) => ({ name, url: value.url })));
  return unencryptedKeyWarnings([
    ...keysOfModels(MODEL_ROLES.map((role) => modelChoice(role))),
    ...searchKey(environment),
    ...ofHttp.filter(({ name }) => environment.variable(name) !== undefined),
  ]);
}

/** Where the key of the search service goes, when somebody else than the service itself gets it. */
function searchKey({ variable, setting, mayReceiveKey: mayGo }: ToolEnvironment): SentKey[] {
  const [name, inVariable] = ['TAVILY_API_KEY', 'TAVILY_BASE_URL'];
  const given = variable(inVariable);
  const url = given ?? setting('search_tool', 'base_url');
  if (variable(name) === undefined || typeof url !== 'string' || !URL.canParse(url)) return [];
  const from = given === undefined ? { toolId: 'search_tool', setting: 'base_url' } : { variable: inVariable };
  return mayGo(name, { url, ...from }) ? [{ name, url }] : [];
}
