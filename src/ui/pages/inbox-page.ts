import type { Clarification } from '../../domain/run/clarification.js';
import { count } from '../brief-value.js';
import type { Page } from './layout.js';
import { livePart } from './live-part.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { answeredCard, questionCard, questionRow, removedCard, type CardValues } from './question-card.js';

/** What the inbox shows: one page of it. */
export interface InboxValues {
  cards: InboxCard[];
  /** Questions that came since the page was opened; undefined where it is opened now. */
  added?: number | undefined;
  /** The highest number of the questions that it knows of. */
  seen: number;
  /** Of all pages, that fit the search. */
  total: number;
  runs: number;
  /** From 1. */
  page: number;
  pages: number;
  find: string;
  now: Date;
  /** The last answers, the newest first: shown when nothing waits. */
  answered: Clarification[];
  /** What just happened here. */
  told?: Inlay;
}

/** A question, or what became of it while the page was open. */
export type InboxCard =
  | { state: 'open' | 'answered'; card: CardValues }
  | { state: 'removed'; run: string; question: string };

/** Cards of one page. */
export const CARDS_PER_PAGE = 20;

/** Every open question, the newest first. */
export function inboxPage(values: InboxValues): Page {
  const { cards, total, find } = values;
  const open = cards.flatMap((each) => (each.state === 'open' ? [each.card] : []));
  return {
    title: total === 0 ? 'Inbox' : `Inbox (${total})`,
    section: 'inbox',
    skipTo: { id: 'questions', words: 'Skip to the questions' },
    main: markup`${head(values)}
${values.told !== undefined && markup`<p class="note told" role="status">${values.told}</p>`}
${newOnes(values)}
${cards.length === 0 ? empty(values, find) : markup`<div class="inbox"><nav class="list" id="list" aria-label="Open questions" data-part><ul>${open.map(questionRow)}</ul></nav><div class="cards" id="questions">${cards.map((each) => inboxCard(each, values.now))}</div></div>${livePart('paging', paging(values))}`}`,
  };
}

/** Above the list, so that nothing moves under somebody who answers. */
function newOnes({ added = 0, seen, find }: InboxValues): Markup {
  const all = find === '' ? '/inbox' : `/inbox?${new URLSearchParams({ find }).toString()}`;
  return markup`<p class="new" id="new" data-part data-keep="seen=${seen}"${added === 0 && markup` hidden`}><span data-say>${added} new</span>, <a href="${all}">show</a></p>`;
}

function inboxCard(shown: InboxCard, now: Date): Markup {
  const { run, question } = shown.state === 'removed' ? shown : namesOf(shown.card);
  const inside =
    shown.state === 'open'
      ? questionCard(shown.card)
      : shown.state === 'answered'
        ? answeredCard(shown.card.question, now)
        : removedCard();
  return markup`<div class="part" id="q-${question}" data-part data-keep="shown=${run}/${question}">${inside}</div>`;
}

function namesOf({ run, question }: CardValues) {
  return { run: run.id, question: question.id };
}

function head({ total, runs, find }: InboxValues): Markup {
  const waits = total === 1 ? 'waits' : 'wait';
  const words =
    total === 0
      ? find === ''
        ? 'Nothing waits for you.'
        : 'No open question has these words.'
      : `${count(total, 'question')} of ${count(runs, 'run')} ${waits} for an answer. Nothing is answered by default.`;
  return markup`<div class="head"><div><h1>Inbox</h1>${livePart('waits', markup`<p>${words}</p>`)}</div><form class="filter" role="search"><label class="sr" for="find">Find a question</label><input id="find" name="find" type="search" placeholder="Find a question" value="${find}"></form></div>`;
}

function empty({ answered, now }: InboxValues, find: string): Markup {
  if (find !== '') return markup`<p id="questions"><a href="/inbox">All questions</a></p>`;
  const last = answered.map((question) => answeredCard(question, now));
  return markup`<div class="cards" id="questions">${last.length > 0 && markup`<h2>Answered last</h2>`}${last}</div>`;
}

function paging({ page, pages, total, find, cards, added = 0 }: InboxValues): Markup {
  const isAsOpened = added === 0 && cards.every(({ state }) => state === 'open');
  const first = (page - 1) * CARDS_PER_PAGE + 1;
  const query = (number: number) =>
    `/inbox?${new URLSearchParams({ ...(find !== '' && { find }), page: String(number) }).toString()}`;
  return markup`<nav class="pages" aria-label="More questions"><span>${isAsOpened ? `${first} to ${first + cards.length - 1} of ${total}` : `${total} open`}</span><span>${page > 1 && markup`<a href="${query(page - 1)}" rel="prev">Newer</a> `}${page < pages && markup`<a href="${query(page + 1)}" rel="next">Older</a>`}</span><span class="keys"><kbd>j</kbd> <kbd>k</kbd> next, previous &nbsp; <kbd>a</kbd> answer &nbsp; <kbd>/</kbd> find</span></nav>`;
}
