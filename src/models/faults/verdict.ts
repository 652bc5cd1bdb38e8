import type { Said } from './error-body.js';

/** What an answer that is not a reply means, whoever gave it and in whatever words. */
export type Verdict =
  /** The key is wrong, missing or may not do this. */
  | 'key'
  /** Something in front of the server, or where the request comes from, is not let through. */
  | 'blocked'
  | 'no-credit'
  | 'rate-limit'
  | 'moved'
  | 'no-model'
  /** The model of this name is there and cannot call functions. */
  | 'no-tools'
  /** The same, and cannot see, or not this image. */
  | 'no-images'
  | 'too-long'
  /** A filter of the provider did not let the request through. */
  | 'filtered'
  /** The model wrote something that the server could not read; the next time it may be right. */
  | 'bad-output'
  | 'down'
  /** The request as such. */
  | 'refused';

interface Rule {
  verdict: Verdict;
  /** Statuses for which it holds; default: any but those of success. */
  statuses?: readonly number[];
  words?: RegExp;
  codes?: RegExp;
}

/** The first rule that fits decides; one with words or codes fits when either does. */
const RULES: readonly Rule[] = [
  { verdict: 'moved', statuses: [300, 301, 302, 303, 304, 305, 306, 307, 308] },
  {
    verdict: 'no-credit',
    words:
      /insufficient[ _](balance|credit|quota|fund)|credit balance|(n't|not) have any credits?|\bno credits?|out of credits|requires more credits|budget has been exceeded|spend(ing)? limit|payment required|quota (is )?exhausted|arrearage|good standing|余额不足/i,
    codes:
      /insufficient_quota|billing|budget_exceeded|exceeded_current_quota|insufficient_balance|\barrearage\b|\b1113\b/i,
  },
  { verdict: 'no-credit', statuses: [402] },
  // "Too many tokens, please wait": of a minute, not of the request.
  { verdict: 'rate-limit', statuses: [429], words: /try again|retry|wait/i },
  {
    verdict: 'filtered',
    words:
      /content management policy|content.?filter|flagged (by|for|as)|requires moderation|inappropriate content|blocked by .{0,30}(policy|guardrail|safety)/i,
    codes: /content_filter|content_policy|data_inspection_failed|responsibleai|moderation|\b1301\b/i,
  },
  {
    verdict: 'blocked',
    words:
      /(country|region|location|territory).{0,40}not (supported|available|allowed)|not available in your (country|region)|error code: 10(?!15)\d\d|firewall rules/i,
    codes: /unsupported_country/i,
  },
  {
    verdict: 'too-long',
    words:
      /context.?(length|window|size|overflow)|too (long|large|many (input )?tokens)|(longer|larger) than the|maximum.{0,40}tokens|n_keep .{0,20}n_ctx|context the overflows|max_new_tokens.{0,20}<=|must have less than \d+ tokens/i,
    codes:
      /context_length_exceeded|exceed_context_size|request_too_large|tokens_limit_reached|string_above_max_length/i,
  },
  { verdict: 'too-long', statuses: [413] },
  {
    verdict: 'no-images',
    words:
      /(image|vision|multi-?modal).{0,60}(not (supported|enabled|available)|unsupported|only supported)|not support.{0,30}(image|vision|multi-?modal)|unsupported image|invalid image|not a multi-?modal|support image input|mmproj|(required|missing).{0,20}for image|unknown variant .image_url|(process|decode|load|download).{0,10}image/i,
    codes: /invalid_image|image_parse_error|unsupported_image/i,
  },
  {
    verdict: 'no-model',
    words:
      /models?\b.{0,80}(not exist|not found|is not available|decommissioned|no longer (available|supported)|not a valid)|(invalid|unknown|no such|unavailable) model\b(?! output)|not a valid model|model identifier is invalid|no models? (is )?loaded|model (is )?unloaded|no endpoints found for|deployment .{0,60}(does not exist|not found)|llm provider not provided|access to (the )?model|unexpected endpoint/i,
    codes: /model_not_found|deploymentnotfound|unknown_model|invalid_model|model_decommissioned/i,
  },
  {
    verdict: 'key',
    words:
      /(api|access)[ _-]?(key|token).{0,60}(not valid|invalid|expired|missing|not found|wrong|required|disabled)|(invalid|incorrect|wrong|missing|no|expired|provide an?|bad).{0,20}(api[ _-]?key|x-api-key|subscription key|auth(entication)? credentials|proxy server token|api token|security token)|invalid authentication|authentication (error|fails|failed|required)|security token .{0,40}invalid|unauthorized|login fail/i,
    codes:
      /invalid_api_key|api_key_invalid|wrong_api_key|authentication_error|invalid_authentication|unauthenticated|access_token_expired|unrecognizedclient|expiredtoken/i,
  },
  { verdict: 'key', statuses: [401, 407] },
  {
    verdict: 'no-tools',
    words:
      /does not support (tools|function)|support tool use|tools? (is|are) not supported|(tools param|function calling) requires|requires --|enable-auto-tool-choice/i,
  },
  {
    verdict: 'bad-output',
    codes: /tool_use_failed|json_validate_failed/i,
    words: /failed to (call a function|generate json)/i,
  },
  {
    verdict: 'down',
    words:
      /overloaded|(server|model) is busy|loading model|currently loading|capacity exceeded|temporarily unavailable/i,
    codes: /overloaded|service_unavailable|capacity_exceeded/i,
  },
  {
    verdict: 'rate-limit',
    words: /rate.?limit|too many requests|requests? per (minute|day|second)|error code: 1015/i,
    codes: /rate_limit|ratelimit|resource_exhausted|too_many_requests|throttl|quota_exceeded/i,
  },
  { verdict: 'rate-limit', statuses: [429] },
  { verdict: 'no-model', statuses: [404, 410] },
  { verdict: 'down', statuses: [408, 409, 425] },
];

/** Judges by what the server says, then by its status. */
export function judge(status: number, said: Said): Verdict {
  if (status === 403 && said.isPage) return 'blocked';
  const rule = RULES.find(({ statuses, words, codes }) => {
    if (statuses !== undefined && !statuses.includes(status)) return false;
    if (words === undefined && codes === undefined) return true;
    return words?.test(said.words) === true || codes?.test(said.codes) === true;
  });
  if (rule !== undefined) return rule.verdict;
  if (status === 403) return 'key';
  return status >= 500 ? 'down' : 'refused';
}
