import type { JsonObject } from '../domain/values/json.js';
import { describeItem, plainLines, titleOf } from './describe-notice.js';
import type { WriteRequest } from './chat-request.js';
import type { NoticeMessage } from './notice-port.js';

/** Teams takes 28 kB of a card. */
const MOST_ITEMS = 8;

/** For a workflow of Teams that begins with a webhook request: an adaptive card, in whose text runs nothing is markup. */
export const teamsRequest: WriteRequest = (message, url) => ({
  url,
  body: {
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: cardOf(message) },
    ],
  },
});

function cardOf(message: NoticeMessage): JsonObject {
  const shown = message.items.slice(0, MOST_ITEMS).map(describeItem);
  const rest = message.items.length - shown.length;
  const links = shown.flatMap(({ heading, link }) =>
    link === null ? [] : [{ type: 'Action.OpenUrl', title: shown.length === 1 ? 'Answer' : heading, url: link }],
  );
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      ...(message.items.length === 1 ? [] : [block([titleOf(message)], true)]),
      ...shown.flatMap((item) => [
        block([item.heading], true),
        ...plainLines(item).map((line) => block([line], false)),
      ]),
      ...(rest > 0 ? [block([`… and ${rest} more: portia list`], false)] : []),
    ],
    ...(links.length > 0 && { actions: links }),
  };
}

function block(texts: string[], isBold: boolean): JsonObject {
  const run = (text: string) => ({ type: 'TextRun', text, ...(isBold && { weight: 'Bolder' }) });
  return { type: 'RichTextBlock', inlines: texts.map(run) };
}
