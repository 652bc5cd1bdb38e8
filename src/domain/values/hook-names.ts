/** The places at which a project's own code is called while plans are made and run. */
export const HOOK_NAMES = [
  'beforePlan',
  'afterPlan',
  'beforeRun',
  'beforeStep',
  'beforeToolCall',
  'afterToolCall',
  'afterStep',
  'afterRun',
  'onQuestion',
] as const;

export type HookName = (typeof HOOK_NAMES)[number];

/** What a hook may reply, by its keys. The first of each list is the one that is named in advice. */
export const REPLY_KEYS = {
  beforePlan: [],
  afterPlan: ['plan', 'refuse'],
  beforeRun: [],
  beforeStep: ['skip'],
  beforeToolCall: ['args', 'ask', 'refuse', 'result'],
  afterToolCall: ['result', 'ask', 'fail'],
  afterStep: [],
  afterRun: [],
  onQuestion: ['answer'],
} as const satisfies Record<HookName, readonly string[]>;

export type ReplyKey = (typeof REPLY_KEYS)[HookName][number];

/** Each of them once. */
export const ALL_REPLY_KEYS: readonly ReplyKey[] = [...new Set(Object.values(REPLY_KEYS).flat())];
