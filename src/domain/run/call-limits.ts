/** How often a provider of models may be asked. */
export interface CallLimits {
  requestsPerMinute?: number | undefined;
  /** Of requests and replies together. */
  tokensPerMinute?: number | undefined;
  callsAtOnce?: number | undefined;
}

/** A call that wants to begin. */
export interface WantedCall {
  model: string;
  /** About how many tokens its request has. */
  tokens: number;
  limits: CallLimits;
}

/** The calls of one provider that count now. */
export interface RecentCalls {
  /** How many began within the last minute. */
  begun: number;
  /** Tokens of these. */
  tokens: number;
  /** Milliseconds until the oldest of these counts no more. */
  leavesMs: number;
  /** How many have not ended. */
  open: number;
  /** How many of these are calls of the wanted model. */
  openOfModel: number;
}

/** What is left until a time in milliseconds since 1970. */
interface Left {
  count: number;
  until: number;
}

/** What the answers of one model told of its limits. */
export interface LearnedLimits {
  /** In milliseconds since 1970. */
  pausedUntil?: number | undefined;
  /** Calls of this model at a time: few after a refusal, one more after each reply. */
  atOnce?: number | undefined;
  requests?: Left | undefined;
  tokens?: Left | undefined;
}

/** What one answer tells of the limits; times are in milliseconds from now. */
export interface Lesson {
  /** The provider refused the call because there were too many, and takes the next one after this time. */
  refusedMs?: number | undefined;
  hasReply?: boolean | undefined;
  requests?: ToldLeft | undefined;
  tokens?: ToldLeft | undefined;
  /** Tokens that were counted for the call. */
  counted?: number | undefined;
}

export interface ToldLeft {
  left: number;
  resetMs: number;
}

/** Why a call cannot begin yet. */
export interface CallWait {
  /** Milliseconds until it may; undefined when another call must end first. */
  ms: number | undefined;
  /** Whose other calls must wait as well. */
  of: 'provider' | 'model';
}

export const MINUTE_MS = 60_000;

/** Longest time for which an answer keeps other calls back. Then one of them finds out how things are. */
const LONGEST_PAUSE_MS = MINUTE_MS;

/** Undefined when the call may begin. A call with more tokens than a minute has begins when nothing else counts. */
export function waitOfCall(
  wanted: WantedCall,
  { recent, learned, now }: { recent: RecentCalls; learned: LearnedLimits; now: number },
): CallWait | undefined {
  const { requestsPerMinute, tokensPerMinute, callsAtOnce } = wanted.limits;
  if (recent.open >= (callsAtOnce ?? Infinity)) return { ms: undefined, of: 'provider' };
  const isFull = recent.begun >= (requestsPerMinute ?? Infinity);
  const isTooMuch = recent.begun > 0 && recent.tokens + wanted.tokens > (tokensPerMinute ?? Infinity);
  if (isFull || isTooMuch) return { ms: recent.leavesMs, of: 'provider' };
  if (recent.openOfModel >= (learned.atOnce ?? Infinity)) return { ms: undefined, of: 'model' };
  const ends = [learned.pausedUntil ?? 0, endOf(learned.requests, 1), endOf(learned.tokens, wanted.tokens)];
  const ms = Math.max(...ends) - now;
  return ms > 0 ? { ms, of: 'model' } : undefined;
}

function endOf(left: Left | undefined, needed: number): number {
  return left !== undefined && left.count < needed ? left.until : 0;
}

/** What is known of the limits of a model once a call has begun. */
export function afterBegin(learned: LearnedLimits, { tokens }: WantedCall): LearnedLimits {
  if (learned.requests === undefined && learned.tokens === undefined) return learned;
  return { ...learned, requests: less(learned.requests, 1), tokens: less(learned.tokens, tokens) };
}

function less(left: Left | undefined, by: number): Left | undefined {
  return left && { ...left, count: Math.max(0, left.count - by) };
}

/** What is known of them after an answer; `open`: calls of the model that have not ended, this one not counted. */
export function afterAnswer(
  learned: LearnedLimits,
  lesson: Lesson,
  { open, now }: { open: number; now: number },
): LearnedLimits {
  const { refusedMs } = lesson;
  const told = {
    requests: lowest(learned.requests, lesson.requests, now),
    tokens: lowest(learned.tokens, lesson.tokens, now),
  };
  if (refusedMs !== undefined) {
    const pausedUntil = Math.max(learned.pausedUntil ?? 0, now + Math.min(refusedMs, LONGEST_PAUSE_MS));
    return { ...told, pausedUntil, atOnce: Math.max(1, Math.floor(Math.min(open, learned.atOnce ?? open) / 2)) };
  }
  const grown = lesson.hasReply && learned.atOnce !== undefined ? learned.atOnce + 1 : learned.atOnce;
  return { ...told, pausedUntil: learned.pausedUntil, atOnce: grown };
}

/** Answers do not come in the order of the requests: until a time that was told is over, the lowest number counts. */
function lowest(known: Left | undefined, told: ToldLeft | undefined, now: number): Left | undefined {
  const current = known !== undefined && known.until > now ? known : undefined;
  if (told === undefined) return current;
  const until = now + Math.min(told.resetMs, LONGEST_PAUSE_MS);
  if (current === undefined) return { count: told.left, until };
  return { count: Math.min(current.count, told.left), until: current.until };
}
