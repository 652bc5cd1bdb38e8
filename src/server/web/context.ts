import type { Context } from 'hono';

import { PortiaError } from '../../domain/errors.js';
import { spellAdvice, type Advice } from '../../domain/next-step.js';
import { pageView, type Page } from '../../ui/pages/layout.js';
import type { Role, WebSession } from './sessions.js';
import type { QuestionLink } from '../../app/question-links.js';
import type { OpenQuestions } from '../../app/open-questions.js';
import type { Drives } from '../drives.js';
import type { LiveStreams } from './live-streams.js';
import { ASSETS } from './versioned-assets.js';
import type { WebServing } from './web-serving.js';

/** What the routes share. */
export interface Site extends WebServing {
  questions: OpenQuestions;
  /** Continues runs once they are answered; undefined where that is left to others. */
  drives?: Drives | undefined;
  /** Tells open pages of what is new. */
  live: LiveStreams;
}

/** What a request brings to its route. */
export interface WebEnvironment {
  Variables: {
    /** Who is here: nobody, before the door and before a link was read. */
    session: WebSession;
    /** Whether they still are; asking does not count as their doing. */
    isHere: () => boolean;
    /** The link that let them in; set for every route of links. */
    link: QuestionLink;
  };
}

export type WebContext = Context<WebEnvironment>;

/** Somebody of whom nothing is known. */
export const NOBODY: WebSession = { person: { user: '', host: '' }, name: '', roles: new Set(), csrf: '' };

/** A command as it works for whoever reads it; undefined for those who see one question and have no command line here. */
export function fixFor(context: WebContext, { spell }: Site, fix: Advice | undefined): string | undefined {
  return fix === undefined || !context.get('session').roles.has('look') ? undefined : spellAdvice(fix, spell);
}

/** Throws `not-allowed` for a person without the role. */
export function requireRole(context: WebContext, role: Role): void {
  if (context.get('session').roles.has(role)) return;
  throw new NotAllowed(role);
}

/** Somebody is known, and may not do it. */
export class NotAllowed extends PortiaError {
  constructor(role: Role) {
    const what = { look: 'look at runs', answer: 'answer questions', run: 'start, resume or cancel runs' }[role];
    super('usage', `You may not ${what} here.`, { why: `Your name does not have the role ${role}.` });
  }
}

/** The statuses with which pages are shown. */
export type PageStatus = 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 500;

/** A page around its content, for the person who is here. */
export async function respond(
  context: WebContext,
  site: Site,
  { status = 200, ...page }: Page & { status?: PageStatus },
): Promise<Response> {
  const session = context.get('session');
  const html = pageView(page, {
    open: session.roles.has('look') ? (await site.questions.list()).length : undefined,
    project: site.project,
    person: session.name,
    assets: ASSETS,
    csrf: session.csrf,
    canLeave: false,
  });
  return context.html(html, status);
}
