import {
  CUE_LANGUAGES,
  type CueForm,
  type CueLanguage,
  type CueText,
  type RequestCues,
} from '../domain/values/request-cues.js';
import { ASKING } from './languages.js';
import { LONG_WORD } from './words.js';

type Form = CueForm | CueText;

/** Whether one of the clauses of a request asks in one of these forms, in any language that portia knows. */
export function asksInForms(request: string, { forms }: RequestCues): boolean {
  const text = plainText(request);
  return CUE_LANGUAGES.some((language) => {
    const known = forms[language] ?? [];
    return (
      known.length > 0 &&
      clausesIn(text, { language, known }).some((clause) => known.some((form) => fits(clause, form)))
    );
  });
}

/** A part of a request that asks for one thing, from the verb on, unless the language puts that last. */
interface Clause {
  text: string;
  /** Words such as "can you" stood before it. */
  isOpened: boolean;
}

function fits({ text, isOpened }: Clause, form: Form): boolean {
  if ('text' in form) return expression(`^(?:${form.text})`).test(text);
  const { verbs, lastVerbs, objects, namesNoPlace } = form;
  if (namesNoPlace === true && /<(?:file|db|url)>/.test(text)) return false;
  return objects.some((object) => {
    const isNext = object.startsWith('^');
    const said = `${isNext ? '' : '(?:.* )?'}(?:${isNext ? object.slice(1) : object})(?= |$)`;
    if (expression(`^(?:${verbs}) ${said}`).test(text)) return true;
    if (lastVerbs === undefined || !isOpened) return false;
    // "um … zu senden" says what for.
    return expression(`^${said}(?:.* )?(?<! (?:zu|te) )(?:${lastVerbs})$`).test(text);
  });
}

const expressions = new Map<string, RegExp>();

/** Made once: a form is tried on every clause. */
function expression(source: string): RegExp {
  const made = expressions.get(source) ?? new RegExp(source, 'u');
  expressions.set(source, made);
  return made;
}

/** No longer clause asks for something: it is data, and would take long to look through. */
const LONGEST = 500;

/** In lower case, without accents, and with marks for addresses, names of files and what is quoted. */
function plainText(request: string): string {
  return request
    .normalize('NFKC')
    .replaceAll(LONG_WORD, ' it ')
    .replaceAll(
      /"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|「[^」]*」|『[^』]*』|`[^`]*`|(?<!\p{L})'[^']*'(?!\p{L})/gu,
      ' it ',
    )
    .replaceAll(/https?:\/\/[^\s,，。、）)]+[^\s,，。、）).?!]/gi, ' <url> ')
    .replaceAll(/(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]+)+/g, ' <mail> ')
    .replaceAll(/(?<![\p{Script=Latin}\d_./~-])[\p{Script=Latin}\d_./~-]+\.(?:db3?|sqlite3?)(?![\w.])/giu, ' <db> ')
    .replaceAll(
      /(?<![a-z\d.-])(?:[a-z\d-]{1,63}\.)+(?:com|org|net|io|dev|eu|example|co\.uk|de|fr|es|it|pt|nl|cn|jp)(?![\w.])(?:\/\S*)?/gi,
      ' <url> ',
    )
    .replaceAll(
      /(?<![\p{Script=Latin}\d_./~-])[\p{Script=Latin}\d_./~-]*[\p{Script=Latin}\d_-]\.[a-z][a-z\d]{1,5}(?!\w)|(?<![\w./-])[\w.-]+\/[\w./-]+/giu,
      ' <file> ',
    )
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
    .replaceAll('ł', 'l')
    .replaceAll('ß', 'ss')
    .replaceAll(/(?<![\p{Script=Latin}])e-?mail/gu, 'email');
}

interface Asking {
  language: CueLanguage;
  known: readonly Form[];
}

function clausesIn(text: string, { language, known }: Asking): Clause[] {
  const { joints, negations } = ASKING[language];
  const split = wordsOf(language, joints);
  const negated = wordsOf(language, negations);
  return sentencesIn(text, language)
    .flatMap((sentence) =>
      joined(
        sentence
          .split(expression(`${split}|[,，、]`))
          .map(onlyWords)
          .filter(Boolean),
        { language, known },
      ),
    )
    .filter((piece) => piece.length <= LONGEST && !expression(negated).test(piece))
    .map((piece) => afterOpenings(piece, language))
    .filter((clause) => clause.text !== '');
}

/** Languages without spaces between words. */
const hasSpaces = (language: CueLanguage): boolean => language !== 'zh' && language !== 'ja';

const wordsOf = (language: CueLanguage, list: string): string =>
  hasSpaces(language) ? `(?<![^ ])(?:${list})(?![^ ])` : `(?:${list})`;

const onlyWords = (text: string): string => text.replaceAll(/[^\p{L}\p{N}<>]+/gu, ' ').trim();

/** Without the text that is only to be translated, corrected and the like. */
function sentencesIn(text: string, language: CueLanguage): string[] {
  const toText = expression(`^\\s*(?:${ASKING[language].textVerbs})(?:\\P{L}[^:：]*)?[:：]`);
  const own = toText.test(text) ? (text.split(/[:：]/)[0] ?? '') : text;
  return own.split(/[.;:!?()\n。；：！？（）]+/u).map((sentence) => sentence.replaceAll(/['’-]|\s+/g, ' '));
}

function afterOpenings(piece: string, language: CueLanguage): Clause {
  const { openings } = ASKING[language];
  if (!hasSpaces(language)) {
    return { text: piece.replaceAll(' ', '').replace(expression(`^${openings}`), ''), isOpened: true };
  }
  const polite = new Set(openings.split(' '));
  const words = piece.split(' ');
  const first = words.findIndex((word) => !polite.has(word) && !/^\d+$/.test(word));
  return { text: first < 0 ? '' : words.slice(first).join(' '), isOpened: first > 0 };
}

/** So few words after "and" or a comma, without a verb, say more of what was asked: "gold and silver on the web". */
const FEW_WORDS = 4;

function joined(pieces: readonly string[], { language, known }: Asking): string[] {
  if (!hasSpaces(language)) return [...pieces];
  const whole: string[] = [];
  for (const piece of pieces) {
    const { text, isOpened } = afterOpenings(piece, language);
    const isVerb = known.some((form) => 'verbs' in form && expression(`^(?:${form.verbs})(?= |$)`).test(text));
    const isMore = !isOpened && !isVerb && !/<(?:file|db|url)>/.test(piece) && piece.split(' ').length <= FEW_WORDS;
    const before = whole.at(-1);
    if (before === undefined || !isMore) whole.push(piece);
    else whole[whole.length - 1] = `${before} ${piece}`;
  }
  return whole;
}
