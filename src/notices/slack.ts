import { fitItems, titleOf } from './describe-notice.js';
import { calledBy, withoutMentions, type WriteRequest } from './chat-request.js';

/** Longest text of a message, which Slack cuts at 40,000. */
const MOST = 30_000;

/**
 * For an incoming webhook of Slack. Nothing in it is markup: without `mrkdwn` only `<…>` means something, and its signs are
 * escaped.
 */
export const slackRequest: WriteRequest = (message, url, people = {}) => {
  const items = fitItems(
    message,
    ({ heading, lines, people: names, commands, link }) =>
      [
        ...[heading, ...lines].map(escape),
        ...(names.length === 0 ? [] : [`For: ${calledBy(names, people, CALL)}`]),
        ...commands.map(escape),
        ...(link === null ? [] : [`<${escape(link)}|Answer>`]),
      ].join('\n'),
    MOST,
  );
  const text = message.items.length === 1 ? items : `${escape(titleOf(message))}\n\n${items}`;
  const plain = { mrkdwn: false, parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false };
  return { url, body: { text, ...plain } };
};

function escape(text: string): string {
  return withoutMentions(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A member of the workspace. */
const CALL = { id: /^[UW][A-Z0-9]{2,20}$/, write: (id: string) => `<@${id}>`, escape };
