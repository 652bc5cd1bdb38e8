import { resolve } from 'node:path';

import { personHere } from '../app/person-here.js';
import { createServices, type Services } from '../app/services.js';
import { judgeHere } from '../app/signing/judge-here.js';
import { thisProcess } from '../app/this-process.js';
import { consentsUnconfirmed } from '../domain/run/consents.js';
import type { Person } from '../domain/run/person.js';
import type { Plan } from '../domain/plan/plan.js';
import type { PlanId } from '../domain/values/ids.js';
import { toJson } from '../domain/values/json.js';
import type { ConsentRules } from '../executor/consent-check.js';
import type { Store } from '../storage/store.js';
import { GivenPlans } from './given-plans.js';
import { givenStore, type GivenStore } from './given-store.js';
import type { PortiaOptions } from './portia-options.js';
import { readPlan } from './run-approved.js';

/** What the calls of one Portia share: its services, its store, and who it is. */
export class Project {
  readonly #options: PortiaOptions;
  readonly #given = new GivenPlans();
  #services: Promise<Services> | undefined;
  /** Undefined when plans and runs are where the settings say. */
  readonly kept: GivenStore | undefined;

  constructor(options: PortiaOptions) {
    this.#options = options;
    this.kept = givenStore(options.store);
  }

  /** Made when they are first needed. */
  async open(): Promise<Services> {
    const { dir, environment, model, baseUrl, apiKeyEnv, execEnv, tools, hooks, agent, ...options } = this.#options;
    const { approve, deny, jobs, limits, trustProject, store } = options;
    const own = thisProcess();
    this.#services ??= createServices({
      place: { cwd: resolve(dir ?? '.'), environment: environment ?? own.environment },
      process: own,
      given: {
        flags: {
          model: typeof model === 'string' ? model : undefined,
          baseUrl,
          apiKeyEnv,
          execEnv,
          agent,
          approve,
          deny,
          store: typeof store === 'string' ? store : undefined,
        },
        jobs,
        limits,
        trustProject,
        ownTools: tools,
        ownStore: this.kept?.store,
        ownHooks: hooks,
        ownModel: typeof model === 'object' ? model : undefined,
      },
    });
    return this.#services;
  }

  /** A store in memory is this program's own. */
  async consentRules(services: Services, accepted: string | undefined): Promise<ConsentRules | undefined> {
    if (this.kept?.inMemory !== undefined) return undefined;
    return {
      judge: await (this.kept === undefined ? judgeHere(services) : services.signing.judge),
      async confirm({ run, consents, digest }) {
        if (digest === accepted) return;
        const why = 'Neither this user nor anybody whom the user named gave them here:';
        throw consentsUnconfirmed({ runId: run.id, consents }, why, `resume the run with acceptRecorded: '${digest}'`);
      },
    };
  }

  person(): Person {
    const { environment, by: name } = this.#options;
    return personHere({ ...thisProcess(), ...(environment && { environment }), name, vouchedBy: 'program' });
  }

  /** Takes a plan as it is at this moment. What reads it rejects with `not-found` or `invalid-plan`. */
  take(plan: Plan | PlanId): () => Promise<Plan> {
    const given = typeof plan === 'string' ? plan : toJson(plan);
    return async () => {
      const services = await this.open();
      if (typeof given === 'string') return readPlan(this.storeOf(services), given);
      return this.#given.read(given, services.now());
    };
  }

  /** Where plans and runs are. */
  async store(): Promise<Store> {
    return this.storeOf(await this.open());
  }

  storeOf(services: Services): Store {
    return this.kept?.store ?? services.store;
  }

  /** Ends processes and connections. What is called later starts new ones. */
  async close(): Promise<void> {
    await (await this.#services)?.close();
  }
}
