import type { ProjectSettings } from './settings-schema.js';

type Models = NonNullable<ProjectSettings['models']>;
type Fallbacks = NonNullable<ProjectSettings['fallbacks']>;

/** The name of a model, where it may stay without trust; `key` is where it is written. */
type KeepModel = (name: string | undefined, key: string) => string | undefined;

export function divideModels(models: Models, keep: KeepModel): Required<Models> {
  return {
    planning: keep(models.planning, 'models.planning'),
    execution: keep(models.execution, 'models.execution'),
    introspection: keep(models.introspection, 'models.introspection'),
    summarizer: keep(models.summarizer, 'models.summarizer'),
    embeddings: models.embeddings,
  };
}

export function divideFallbacks(fallbacks: Fallbacks, keep: KeepModel): Required<Fallbacks> {
  const kept = (role: keyof Fallbacks) => fallbacks[role]?.flatMap((name) => keep(name, `fallbacks.${role}`) ?? []);
  return {
    planning: kept('planning'),
    execution: kept('execution'),
    introspection: kept('introspection'),
    summarizer: kept('summarizer'),
  };
}
