import type { SignInChange } from '../domain/values/sign-in-change.js';
import type { NoticeMessage } from './notice-port.js';

/** What a person is told of a change of how they sign in. `name`: theirs; `id`: of the message. */
export function signInMessage({ what, at }: SignInChange, { name, id }: { name: string; id: string }): NoticeMessage {
  const nothing = { request: null, step: null, question: null, error: null, result: null, link: null, commands: [] };
  const item = {
    kind: 'sign_in' as const,
    run_id: null,
    plan_id: null,
    ...nothing,
    since: at,
    for: [name],
    change: what,
  };
  return { id, sent_at: at, items: [item] };
}
