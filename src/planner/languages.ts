import type { CueLanguage } from '../domain/values/request-cues.js';

/** How a language asks, as far as it takes to see what a clause asks for. Texts are words, or sources of regular expressions. */
export interface AskingLanguage {
  /** Words before the verb of a clause that asks: "please", "can you". Without spaces between words, one expression. */
  openings: string;
  /** Words between clauses. */
  joints: string;
  /** A clause that has one of these does not ask. */
  negations: string;
  /** With these at its beginning, a request says what to do with the text after its colon. */
  textVerbs: string;
}

export const ASKING: Record<CueLanguage, AskingLanguage> = {
  en: {
    openings:
      'please kindly i we want need would like could can will you let us me d ll to first finally also now just lastly afterwards ' +
      'next go and help hi hello hey ok',
    joints: 'and|then|but',
    negations: 'not|never|no|without|don t|dont|doesn t|isn t|nor',
    textVerbs:
      'translate|rephrase|paraphrase|reword|correct|proofread|quote|print|say|repeat|classify|explain|spell|echo',
  },
  de: {
    openings:
      'bitte kannst konntest konnen konnten koennen koennten du sie mir uns fur ich wir mochte moechte mochten will wollen ' +
      'soll sollst zuerst zuletzt jetzt dann danach anschliessend auch mal noch hallo',
    joints: 'und|dann|danach|anschliessend|sowie|aber',
    negations: 'nicht|nie|niemals|kein|keine|keinen|keinem|keiner|ohne',
    textVerbs: 'ubersetze?|formuliere|korrigiere|zitiere|erklare|wiederhole|sage?',
  },
  fr: {
    openings:
      's il te vous plait stp svp veuillez veux peux pouvez pourrais pourriez tu merci de d bien vouloir je j nous voudrais ' +
      'aimerais voudrions que qu il faut ensuite puis enfin d abord maintenant aussi bonjour',
    joints: 'et|puis|ensuite|mais',
    negations: 'ne|n|pas|jamais|sans|aucun|aucune',
    textVerbs:
      'tradui[st]|traduisez|traduire|reformule[rz]?|corrige[rz]?|cite[rz]?|explique[rz]?|repete[rz]?|dis|dites',
  },
  es: {
    openings:
      'por favor puedes podrias puede podria quiero quisiera necesito que me gustaria luego despues primero finalmente ahora ' +
      'tambien hola',
    joints: 'y|e|luego|despues|pero',
    negations: 'no|nunca|jamas|sin|ningun|ninguna',
    textVerbs: 'traduce|traduzca|traducir|reformula|corrige|cita|explica|repite|di',
  },
  it: {
    openings:
      'per favore perfavore puoi potresti puo potrebbe vorrei voglio che poi infine prima ora adesso anche ciao mi',
    joints: 'e|ed|poi|dopo|quindi|ma',
    negations: 'non|mai|senza|nessun|nessuna',
    textVerbs: 'traduci|traduca|tradurre|riformula|correggi|cita|spiega|ripeti|di',
  },
  pt: {
    openings:
      'por favor pode podes poderia podia voce quero gostaria preciso que de depois primeiro finalmente agora tambem entao ola',
    joints: 'e|depois|mas|entao',
    negations: 'nao|nunca|jamais|sem|nenhum|nenhuma',
    textVerbs: 'traduza|traduz|traduzir|reformule|corrija|cite|explique|repita|diga',
  },
  nl: {
    openings:
      'alsjeblieft alstublieft graag kun kunt kan je jij u wil wilt zou ik we mij me ons voor daarna dan vervolgens eerst nu ook ' +
      'hallo',
    joints: 'en|dan|daarna|vervolgens|maar',
    negations: 'niet|geen|nooit|zonder',
    textVerbs: 'vertaal|herformuleer|corrigeer|citeer|verklaar|herhaal|zeg',
  },
  pl: {
    openings:
      'prosze czy mozesz moglbys moglabys moze pan pani chce chcialbym chcialabym potem nastepnie najpierw teraz tez',
    joints: 'i|a|oraz|potem|nastepnie|ale',
    negations: 'nie|nigdy|bez|zaden|zadna',
    textVerbs: 'przetlumacz|przeredaguj|popraw|zacytuj|wyjasnij|powtorz|powiedz',
  },
  zh: {
    openings:
      '(?:[请請]你?|[帮幫]我|[帮幫]忙|麻[烦煩]你?|能不能|你?能|你?可以|你|我想要?|我要|需要|[给給]我|先|再|最后|最後|然后|然後|[并並]且?|接着)*',
    joints: '然后|然後|接着|接著|[并並]且',
    negations: '(?<!能)不(?!能|可以)|[别別](?!人)|勿|[没沒]有?|[无無]需',
    textVerbs: '翻[译譯]|改[写寫]|校[对對]|解[释釋]|引用|重[复複]',
  },
  ja: {
    openings: '',
    joints: 'それから|そして|その後',
    negations: 'ないで|せずに|なしで|しないこと',
    textVerbs: '.*(?:翻訳|訳して|言い換え|校正|説明)',
  },
};
