import type { ClarificationId } from '../domain/values/ids.js';
import type { NoticeMessage } from './notice-port.js';

/** What a target gets to try it: it looks like a question, and says that it is none. */
export function testMessage(target: string, id: ClarificationId, now: string): NoticeMessage {
  return {
    id,
    sent_at: now,
    items: [
      {
        kind: 'question',
        run_id: 'prun-00000000-0000-0000-0000-000000000000',
        plan_id: 'plan-00000000-0000-0000-0000-000000000000',
        request: 'A test of portia notify',
        step: '1',
        since: now,
        question: {
          id,
          category: 'Input',
          text: `This is a test of ${target}. Nothing waits for an answer.`,
          tool_id: null,
          args: null,
          options: null,
          until: null,
        },
        error: null,
        result: null,
        for: [],
        link: null,
        commands: [`portia notify test ${target}`],
      },
    ],
  };
}
