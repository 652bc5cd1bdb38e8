import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ModelChoice } from '../config/model-choice.js';
import { userCacheFolder } from '../config/settings-file.js';
import type { Environment } from '../domain/environment.js';
import { digestValue } from '../domain/values/digest.js';
import { jsonOf } from '../domain/values/json.js';
import { embed, isVector, type EmbeddingsEndpoint, type Vector } from '../models/embeddings.js';
import { PROVIDERS } from '../models/providers/providers.js';
import { writeFileSafely } from '../storage/safe-write.js';

/** A model that says how near texts are. */
export interface Embeddings {
  /** `provider/name`. */
  id: string;
  /**
   * The vector of a text, and those of others, which are kept in the user's cache. Rejects as a model that cannot be
   * asked.
   */
  vectorsOf(text: string, others: readonly string[], signal: AbortSignal): Promise<{ own: Vector; others: Vector[] }>;
}

/** Throws why the model cannot be asked. */
export function openEmbeddings(choice: ModelChoice, shell: Environment): Embeddings {
  const endpoint = endpointOf(choice);
  const kept = new KeptVectors(join(userCacheFolder(shell), 'embeddings'), endpoint);
  return {
    id: endpoint.modelId,
    async vectorsOf(text, others, signal) {
      const missing = [...new Set(others)].filter((other) => kept.read(other) === undefined);
      const [own = [], ...made] = await embed(endpoint, [text, ...missing], signal);
      const vectors = new Map(missing.map((other, index) => [other, made[index] ?? []]));
      for (const [other, vector] of vectors) kept.write(other, vector);
      return { own, others: others.map((other) => vectors.get(other) ?? kept.read(other) ?? []) };
    },
  };
}

function endpointOf(choice: ModelChoice): EmbeddingsEndpoint {
  if (choice.kind === 'none') throw choice.error;
  if (choice.kind === 'exec') throw new TypeError('the settings let no program give embeddings');
  const { id, provider, modelName, baseUrl, key, request } = choice;
  const { keyHeader = 'authorization' } = PROVIDERS[provider];
  const headers = { ...(key !== null && { [keyHeader]: `Bearer ${key.value}` }), ...request.headers };
  return { modelId: id, modelName, baseUrl, apiKey: key?.value, keyName: key?.name, headers };
}

/** A file for each text: the same model gives the same vector each time. */
class KeptVectors {
  readonly #folder: string;
  readonly #endpoint: EmbeddingsEndpoint;

  constructor(folder: string, endpoint: EmbeddingsEndpoint) {
    this.#folder = folder;
    this.#endpoint = endpoint;
  }

  read(text: string): Vector | undefined {
    try {
      const vector = jsonOf(readFileSync(this.#fileOf(text), 'utf8'));
      return isVector(vector) ? vector : undefined;
    } catch {
      // It is not there, or cannot be read: the model is asked again.
      return undefined;
    }
  }

  write(text: string, vector: Vector): void {
    try {
      writeFileSafely(this.#fileOf(text), JSON.stringify(vector), { withFolders: true, sync: false });
    } catch {
      // The folder is read-only or the disk is full: the model is asked again next time.
    }
  }

  #fileOf(text: string): string {
    const { baseUrl, modelName } = this.#endpoint;
    return join(this.#folder, `${digestValue([baseUrl, modelName, text])}.json`);
  }
}
