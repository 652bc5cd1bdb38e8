import type { NoticeItem, NoticeMessage } from '../../src/notices/notice-port.js';

export const RUN = 'prun-01890000-0000-7000-8000-0000000000b1';
export const QUESTION = 'clar-01890000-0000-7000-8000-0000000000c1';

/** A question as a target is told of it. */
export function itemWith(changes: Partial<NoticeItem> = {}, text = 'Which city?'): NoticeItem {
  return {
    kind: 'question',
    run_id: RUN,
    plan_id: 'plan-01890000-0000-7000-8000-0000000000a1',
    request: 'Book a hotel',
    step: '2[3].1',
    since: '2026-12-01T09:00:00.000Z',
    question: {
      id: QUESTION,
      category: 'User Verification',
      text,
      tool_id: 'book_tool',
      args: { city: 'Rome' },
      options: null,
      until: null,
    },
    error: null,
    result: null,
    for: ['ada'],
    link: null,
    commands: [`portia resume ${RUN} --answer verify=yes`],
    ...changes,
  };
}

export function messageOf(...items: NoticeItem[]): NoticeMessage {
  return { id: QUESTION, sent_at: '2026-12-01T09:00:01.000Z', items };
}

/** What somebody who wants to be heard by all, or to hide something, lets a model write. */
export const HOSTILE = [
  '<!everyone> <!channel> <@U012AB> @everyone @here @ada',
  '<https://evil.example|Answer> & &lt;',
  '[Answer](https://evil.example) **bold** `code` ~~no~~ > quote # head',
  '<at>all</at> <b>bold</b> <script>alert(1)</script>',
  '\u202e\u200b\u001b[2J',
].join('\n');
