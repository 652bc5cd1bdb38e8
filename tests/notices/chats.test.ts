import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import type { WriteRequest } from '../../src/notices/chat-request.js';
import { discordRequest } from '../../src/notices/discord.js';
import { NotSent } from '../../src/notices/notice-port.js';
import { ntfyRequest } from '../../src/notices/ntfy.js';
import { signInMessage } from '../../src/notices/sign-in-message.js';
import { slackRequest } from '../../src/notices/slack.js';
import { teamsRequest } from '../../src/notices/teams.js';
import { telegramRequest } from '../../src/notices/telegram.js';
import { HOSTILE, itemWith, messageOf, RUN } from './message-examples.js';

const no = z.literal(false);
const run = z.strictObject({ type: z.literal('TextRun'), text: z.string(), weight: z.literal('Bolder').optional() });
const link = z.strictObject({ type: z.literal('Action.OpenUrl'), title: z.string().max(100), url: z.url() });

/** What each service takes, as its documentation says. */
const SERVICES: Record<string, { write: WriteRequest; address: string; posted: string; body: z.ZodType }> = {
  slack: {
    write: slackRequest,
    address: 'https://hooks.slack.com/services/T0/B0/x',
    posted: 'https://hooks.slack.com/services/T0/B0/x',
    body: z.strictObject({
      text: z.string().max(40_000),
      ...{ mrkdwn: no, link_names: no, unfurl_links: no, unfurl_media: no, parse: z.literal('none') },
    }),
  },
  teams: {
    write: teamsRequest,
    address: 'https://prod.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x',
    posted: 'https://prod.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x',
    body: z.strictObject({
      type: z.literal('message'),
      attachments: z.tuple([
        z.strictObject({
          contentType: z.literal('application/vnd.microsoft.card.adaptive'),
          contentUrl: z.null(),
          content: z.strictObject({
            $schema: z.string(),
            type: z.literal('AdaptiveCard'),
            version: z.literal('1.4'),
            body: z.array(z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(run) })).min(1),
            actions: z.array(link).optional(),
          }),
        }),
      ]),
    }),
  },
  discord: {
    write: discordRequest,
    address: 'https://discord.com/api/webhooks/1/x',
    posted: 'https://discord.com/api/webhooks/1/x',
    body: z.strictObject({
      content: z.string().min(1).max(2_000),
      embeds: z.tuple([z.strictObject({ description: z.string().min(1).max(4_096) })]),
      allowed_mentions: z.strictObject({ parse: z.tuple([]) }),
    }),
  },
  telegram: {
    write: telegramRequest,
    address: 'https://api.telegram.org/bot1:x/sendMessage?chat_id=-100',
    posted: 'https://api.telegram.org/bot1:x/sendMessage',
    body: z.strictObject({
      chat_id: z.literal('-100'),
      text: z.string().min(1).max(4_096),
      link_preview_options: z.strictObject({ is_disabled: z.literal(true) }),
    }),
  },
  ntfy: {
    write: ntfyRequest,
    address: 'https://ntfy.example.com/below/my%20topic?auth=x',
    posted: 'https://ntfy.example.com/below/?auth=x',
    body: z.strictObject({
      topic: z.literal('my topic'),
      title: z.string().min(1).max(250),
      message: z.string().refine((text) => Buffer.byteLength(text) <= 4_096),
      click: z.url().optional(),
    }),
  },
};

/** In the others an @ is a character like all others. */
const WITH_MENTIONS: readonly string[] = ['slack', 'discord', 'telegram'];

describe.each(Object.entries(SERVICES))('%s', (name, { write, address, posted, body }) => {
  const written = (...items: Parameters<typeof messageOf>) => {
    const request = write(messageOf(...items), new URL(address));
    expect(request.url.href).toBe(posted);
    expect(body.safeParse(request.body).error?.issues).toBeUndefined();
    return JSON.stringify(request.body);
  };

  test('when a run asks then the question, its call, run, step, time, people and the command are told', () => {
    const text = written(itemWith()).replaceAll(String.raw`\\`, '');
    for (const part of ['Which city?', 'book_tool', 'Rome', 'Book a hotel', RUN, '2[3].1', '2026-12-01T09:00', 'ada']) {
      expect(text).toContain(part);
    }
    expect(text).toContain(`portia resume ${RUN} --answer verify=yes`);
  });

  test('when there is a link then it is told instead of a command', () => {
    const text = written(itemWith({ link: 'https://portia.example/q/1?t=a&b=c' }));
    expect(text).toMatch(/https:\/\/portia\.example\/q\/1\?t=a&(amp;)?b=c/);
    expect(text).not.toContain('--answer');
  });

  test('when fifty questions, endless texts and failures come at once then it is one message that is taken', () => {
    const many = Array.from({ length: 50 }, () => itemWith({ for: [] }, '<😀>'.repeat(10_000)));
    const failure = {
      kind: 'failure',
      question: null,
      error: { code: 'x', message: 'é'.repeat(9_999), why: null },
    } as const;
    const text = written(...many, itemWith(failure));
    expect(text).toContain('50 questions wait for an answer');
    expect(text).toContain('more: portia list');
  });

  test('when texts want to be more than texts then nobody is called and nothing is markup', () => {
    const text = written(itemWith({ request: HOSTILE, for: ['@everyone'] }, HOSTILE));
    if (WITH_MENTIONS.includes(name)) expect(text).not.toMatch(/@(everyone|here|ada)/);
    expect(text).not.toMatch(/[\u202e\u200b\u001b]/);
    expect(text).toContain('u{202e}');
  });
});

test('when the settings know the people of a question then Slack and Discord call them, and nobody whom a text names', () => {
  const item = itemWith({ for: ['ada', 'bob <@U9>'] }, '<@U012AB>');
  const people = { ada: 'U012AB', 'bob <@U9>': '<!everyone>' };
  const slack = JSON.stringify(slackRequest(messageOf(item), new URL('https://hooks.slack.com/x'), people).body);
  expect(slack).toContain('For: <@U012AB>, bob &lt;@');
  expect(slack.match(/<[@!]/g)).toHaveLength(1);
  const known = { ada: '12345678' };
  const discord = JSON.stringify(discordRequest(messageOf(item), new URL('https://discord.com/x'), known).body);
  expect(discord).toContain('For: <@12345678>, bob');
});

test('when how a person signs in changed then the message says what, and whom to tell', () => {
  const message = signInMessage(
    { what: 'no second factor', at: '2026-12-01T09:00:00.000Z' },
    { name: 'ada', id: 'sign-in-1' },
  );
  const { body } = slackRequest(message, new URL('https://hooks.slack.com/services/T0/B0/x'), { ada: 'U012AB' });
  expect(body).toMatchObject({
    text: [
      'The sign-in of ada changed',
      'Your second factor was taken away.',
      'If that was not you, tell whoever runs the pages of portia.',
      'Since: 2026-12-01T09:00:00.000Z',
      'For: <@U012AB>',
    ].join('\n'),
  });
});

test('when Slack gets signs of its markup then they are escaped', () => {
  const { body } = slackRequest(messageOf(itemWith({}, HOSTILE)), new URL('https://hooks.slack.com/x'));
  expect(JSON.stringify(body)).not.toMatch(/<|>|&(?!lt;|gt;|amp;)/);
});

test('when Discord gets signs of its markup then they are escaped', () => {
  const { body } = discordRequest(messageOf(itemWith({}, HOSTILE)), new URL('https://discord.com/x'));
  const { description } = z.object({ embeds: z.tuple([z.object({ description: z.string() })]) }).parse(body).embeds[0];
  const own = description.replace(/^\*\*(.*)\*\*$/m, '$1');
  expect(own).not.toMatch(/(?<!\\)[*_~`|[\]()<>#]/);
});

test.each([
  [telegramRequest, 'https://api.telegram.org/bot1:x/sendMessage', 'names no chat'],
  [ntfyRequest, 'https://ntfy.sh/', 'names no topic'],
])('when an address lacks its chat or topic then it is said', (write, address, why) => {
  const act = () => write(messageOf(itemWith()), new URL(address));
  expect(act).toThrow(NotSent);
  expect(act).toThrow(why);
});
