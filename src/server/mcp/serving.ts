import type { FoundPlan } from '../../app/prepare-run.js';
import type { Services } from '../../app/services.js';
import type { SpellCommand } from '../../domain/next-step.js';
import type { Person } from '../../domain/run/person.js';

/** A plan that is a tool of its own. */
export interface ServedPlan {
  /** Of the tool. */
  name: string;
  found: FoundPlan;
}

/** What a server of MCP works with, whatever its transport is. */
export interface Serving {
  services: Services;
  /** Writes a command so that it works for the person who started the server. */
  spell: SpellCommand;
  /** Of portia. */
  version: string;
  /** Whom answers are recorded to be from. */
  by: Person;
  /** Who the runs are for. */
  endUser: string | undefined;
  /** The plans that are tools of their own. */
  plans: readonly ServedPlan[];
  /** Seals what a client keeps for the server between two requests. At least 32 bytes; read when it is first needed. */
  stateKey(): string;
  /** Tells the person who started the server. */
  warn(message: string): Promise<void>;
}
