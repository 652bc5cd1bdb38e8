import { plainText, titleOf } from './describe-notice.js';
import { withoutMentions, type WriteRequest } from './chat-request.js';
import { NotSent } from './notice-port.js';

const MOST = 4_096;
/** What mentions may grow by. */
const ROOM = 300;

/**
 * For `https://api.telegram.org/bot<TOKEN>/sendMessage?chat_id=<CHAT>`. Without a `parse_mode` nothing in it is markup.
 * Throws when the address names no chat.
 */
export const telegramRequest: WriteRequest = (message, url) => {
  const chat = url.searchParams.get('chat_id');
  if (chat === null) {
    throw new NotSent(
      'its address names no chat: it is https://api.telegram.org/bot<TOKEN>/sendMessage?chat_id=<CHAT>',
    );
  }
  const items = plainText(message, MOST - ROOM);
  const text = message.items.length === 1 ? items : `${titleOf(message)}\n\n${items}`;
  const address = new URL(url);
  address.search = '';
  return {
    url: address,
    body: { chat_id: chat, text: withoutMentions(text).slice(0, MOST), link_preview_options: { is_disabled: true } },
  };
};
