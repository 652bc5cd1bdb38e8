import { isJsonObject, type JsonObject } from '../../domain/values/json.js';

/** Where servers say how a reply ended, as a word or as an object with its type. The first one counts. */
const PLACES = ['finish_reason', 'finishReason', 'stop_reason', 'done_reason'];

/** The word for how a choice ended; undefined when there is none. */
export function endWordOf(choice: JsonObject): string | undefined {
  const said = PLACES.map((name) => choice[name]).find((value) => value !== undefined);
  const word = isJsonObject(said) ? said['type'] : said;
  return typeof word === 'string' ? word : undefined;
}

/** Some say nothing: the body is whole JSON, so nothing of it was lost. */
const FINISHED =
  /^(|stop(_sequence|_token|_str|ped)?|eos(_token)?|eot|end(_turn|_of_turn|_of_text)?|done|finish(ed)?|success|complete[d]?|tool_(calls?|use)|function_calls?)$/;
const CUT =
  /^((model_|max_)?length|max_((output|new|completion)_)?tokens|(token|length)_limit|model_context_window_exceeded)$/;
const FILTERED =
  /^(content_filter(ed)?|(image_)?safety|sensitive|recitation|blocklist|prohibited_content|spii|guardrail_intervened|refusal)$/;

/** How a reply ended, whatever word the server has for it. */
export function endOf(word: string | null | undefined): 'finished' | 'cut' | 'filtered' | 'open' {
  const plain = (word ?? '')
    .toLowerCase()
    .replaceAll('-', '_')
    .replace(/^(finish|stop)_reason_/, '');
  if (FINISHED.test(plain)) return 'finished';
  return CUT.test(plain) ? 'cut' : FILTERED.test(plain) ? 'filtered' : 'open';
}
