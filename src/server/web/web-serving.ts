import type { Services } from '../../app/services.js';
import type { openSeal } from '../../app/seal.js';
import type { SpellCommand } from '../../domain/next-step.js';
import type { Person } from '../../domain/run/person.js';

/** What the web application works with. */
export interface WebServing {
  services: Services;
  /** Writes a command so that it works for the person who started the server. */
  spell: SpellCommand;
  /** The person who started it. */
  by: Person;
  /** Whether the server itself continues a run that was answered. */
  drive: boolean;
  /** Closes secrets that people answer, for the process that continues the run. */
  seal(): Promise<ReturnType<typeof openSeal>>;
  /** Signs the links to questions; read when it is first needed. */
  linkKey(): Promise<string>;
  /** Name of the folder of the project. */
  project: string;
  /** Tells the person who started it. */
  warn(message: string): Promise<void>;
}
