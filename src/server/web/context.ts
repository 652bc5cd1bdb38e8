import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

import { PortiaError } from '../../domain/errors.js';
import { spellAdvice, type Advice } from '../../domain/next-step.js';
import { pageView, type Page } from '../../ui/pages/layout.js';
import type { Role } from '../../domain/values/roles.js';
import type { WebSession } from './sessions.js';
import type { QuestionLink } from '../../app/question-links.js';
import type { KnownRuns } from '../../app/known-runs.js';
import type { OpenQuestions } from '../../app/open-questions.js';
import type { Drives } from '../drives.js';
import { hearsOfLists } from './live-address.js';
import type { LiveStreams } from './live-streams.js';
import { ASSETS } from './versioned-assets.js';
import type { WebServing } from './web-serving.js';

/** What the routes share. */
export interface Site extends Omit<WebServing, 'seal'> {
  seal: Awaited<ReturnType<WebServing['seal']>>;
  questions: OpenQuestions;
  /** What is shown of runs; whoever changes one reads it from the store. */
  known: KnownRuns;
  /** Continues runs once they are answered; undefined where that is left to others. */
  drives?: Drives | undefined;
  /** Tells open pages of what is new. */
  live: LiveStreams;
}

/** What a request brings to its route. */
export interface WebEnvironment {
  Bindings: HttpBindings;
  Variables: {
    /** Who is here: nobody, before the door and before a link was read. */
    session: WebSession;
    /** Whether they still are; asking does not count as their doing. */
    isHere: () => boolean;
    /** The link that let them in; set for every route of links. */
    link: QuestionLink;
    /** How many questions are open, where the route has listed them. */
    open?: number;
  };
}

export type WebContext = Context<WebEnvironment>;

/** Somebody of whom nothing is known. */
export const NOBODY: WebSession = {
  person: { user: '', host: '' },
  name: '',
  roles: new Set(),
  csrf: '',
  canLeave: false,
  hasPassword: false,
};

/** A command as it works for whoever reads it; undefined for those who see one question and have no command line here. */
export function fixFor(context: WebContext, { spell }: Site, fix: Advice | undefined): string | undefined {
  return fix === undefined || !context.get('session').roles.has('look') ? undefined : spellAdvice(fix, spell);
}

/** Throws `not-allowed` for a person without the role. */
export function requireRole(context: WebContext, role: Role): void {
  const session = context.get('session');
  if (!session.roles.has(role)) throw new NotAllowed(role, session);
}

/** Somebody is known, and may not do it. */
export class NotAllowed extends PortiaError {
  constructor(role: Role, session: WebSession) {
    super('usage', `You may not ${ALLOWS[role]} here.`, { why: lackOf(role, session) });
  }
}

const ALLOWS: Readonly<Record<Role, string>> = {
  look: 'look at runs',
  answer: 'answer questions',
  run: 'start, resume or cancel runs',
};

/** What a person has to ask for. */
export function lackOf(role: Role, { name, heldBack }: WebSession): string {
  if (heldBack?.has(role) === true) {
    return `${name} has the role ${role} only with a second factor. Whoever runs this server can give one.`;
  }
  return `${name} does not have the role ${role}. Whoever runs this server can give it.`;
}

/** The statuses with which pages are shown. */
export type PageStatus = 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 429 | 500 | 503;

/** A page that keeps itself up to date asks for itself: it does not say that somebody is there. */
export function isAskedByPerson({ req }: WebContext): boolean {
  return (req.header('sec-fetch-mode') ?? 'navigate') === 'navigate';
}

/** To count them takes a look at all runs. A page that is loaded again for one run leaves the number as it was. */
function countsOpen(context: WebContext, { live }: Page): boolean {
  if (!context.get('session').roles.has('look')) return false;
  return isAskedByPerson(context) || live === undefined || hearsOfLists(live);
}

/** A page around its content, for the person who is here. */
export async function respond(
  context: WebContext,
  site: Site,
  { status = 200, ...page }: Page & { status?: PageStatus },
): Promise<Response> {
  const session = context.get('session');
  const html = pageView(page, {
    open: countsOpen(context, page) ? (context.get('open') ?? (await site.questions.list()).length) : undefined,
    // Nobody is told what is here before they are known.
    project: session === NOBODY ? undefined : site.project,
    person: session.name,
    assets: ASSETS,
    csrf: session.csrf,
    canLeave: session.canLeave,
    hasPassword: session.hasPassword,
    changes: session.changes ?? [],
    now: site.services.now(),
  });
  return context.html(html, status);
}
