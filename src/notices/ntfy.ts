import { plainText, titleOf } from './describe-notice.js';
import type { WriteRequest } from './chat-request.js';
import { NotSent } from './notice-port.js';

/** ntfy makes a file of what is longer than 4,096 bytes; a character has at most 3 bytes for each UTF-16 unit. */
const MOST = 1_300;

/** For a topic of ntfy, `https://ntfy.sh/<TOPIC>`: as JSON, in which every text is plain. Throws when the address names no topic. */
export const ntfyRequest: WriteRequest = (message, url) => {
  const [, folder = '', topic = ''] = /^(.*\/)([^/]+)\/?$/.exec(url.pathname) ?? [];
  if (topic === '') throw new NotSent('its address names no topic: it is https://ntfy.sh/<TOPIC>');
  const server = new URL(url);
  server.pathname = folder;
  const link = message.items.length === 1 ? message.items[0]?.link : undefined;
  return {
    url: server,
    body: {
      topic: decodeURIComponent(topic),
      title: titleOf(message),
      message: plainText(message, MOST),
      ...(typeof link === 'string' && { click: link }),
    },
  };
};
