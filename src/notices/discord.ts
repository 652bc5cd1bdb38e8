import { cutText } from '../domain/values/cut-text.js';
import { fitItems, titleOf } from './describe-notice.js';
import { calledBy, withoutMentions, type WriteRequest } from './chat-request.js';

/** Longest description of an embed, and longest content. */
const MOST = 4_096;
const MOST_CONTENT = 2_000;

/** For a webhook of Discord. Nobody is called, whatever is written in it, and every sign of its markup is escaped. */
export const discordRequest: WriteRequest = (message, url, people = {}) => ({
  url,
  body: {
    content: cutText(escape(titleOf(message)), MOST_CONTENT),
    embeds: [
      {
        description: fitItems(
          message,
          ({ heading, lines, people: names, commands, link }) =>
            [
              `**${escape(heading)}**`,
              ...lines.map(escape),
              ...(names.length === 0 ? [] : [`For: ${calledBy(names, people, CALL)}`]),
              ...commands.map(escape),
              ...(link === null ? [] : [`[Answer](<${link}>)`]),
            ].join('\n'),
          MOST,
        ),
      },
    ],
    allowed_mentions: { parse: [] },
  },
});

function escape(text: string): string {
  return withoutMentions(text).replace(/[\\*_~`|>#[\]()<:-]/g, '\\$&');
}

/** A user. In an embed it is shown, and calls nobody. */
const CALL = { id: /^\d{5,25}$/, write: (id: string) => `<@${id}>`, escape };
