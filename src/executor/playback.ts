import type { AskedDigests } from '../domain/run/asked-parts.js';
import type { ModelPurpose, ModelRole } from '../domain/values/model-roles.js';
import type { RunId } from '../domain/values/ids.js';
import type { Usage } from '../domain/plan/plan.js';
import type { HookName } from '../domain/values/hook-names.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import type { ModelReply } from '../models/model.js';
import type { Tool } from '../tools/tool.js';
import type { RunResult } from './run-result.js';

/** Where in which run something outside is asked. `key`: of the effect; it begins with the path of the step. */
export interface PlayedPlace {
  runId: RunId;
  key: string;
}

export interface PlayedModelCall extends PlayedPlace {
  role: ModelRole;
  purpose?: ModelPurpose | undefined;
  /** Its id: `provider/name`. */
  model: string;
  asked: AskedDigests;
  /** SHA-256 of the whole request, with portia's own words. */
  digest: string;
  /** As it is recorded: with plain marks, and without secrets. */
  request: Json;
}

/** `value`: of a reply for which a shape was asked. */
export interface PlayedReply {
  reply: ModelReply;
  value?: Json;
}

export interface PlayedToolCall extends PlayedPlace {
  tool: Tool;
  args: JsonObject;
}

/** How a call of a tool ends, and what it used of models. */
export interface PlayedResult {
  result: RunResult;
  usage?: Usage | undefined;
}

/**
 * Stands between a run and everything outside: what was recorded, or what a test says, is given instead of acting. All of
 * it rejects with a NotPlayed where there is nothing to give.
 */
export interface Playback {
  /** Rejects as `Model.complete` does for a call that failed. Undefined: the model is really asked. */
  model(call: PlayedModelCall): Promise<PlayedReply | undefined>;
  /** Undefined: the tool is really called. */
  tool(call: PlayedToolCall): Promise<PlayedResult | undefined>;
  /** What the hook returned; undefined when it changed nothing. Rejects as the hook did. */
  hook(call: PlayedPlace & { hook: HookName }): Promise<Json | undefined>;
  /** Until when a wait was; undefined for one that is begun now. ISO 8601, UTC. */
  until(call: PlayedPlace): string | undefined;
}
