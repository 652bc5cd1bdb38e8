import type { RequestCues } from '../../domain/values/request-cues.js';

/** "The mail addresses" and "the mail server" are not what is sent. */
const ONE_MAIL =
  '(?:email|mail)(?! (?:address|addresses|list|lists|server|servers|subject|subjects|template|templates|log|logs))';

/** Who gets it, by up to three more words: "to Ada Lovelace at <mail>". */
const named = (to: string): string => `(?:${to}) (?:(?!of )\\S+ ){0,3}<mail>(?! s(?: |$))`;

/** Right after the verb: "send ada@example.org the total". */
const TO_ADDRESS = '^<mail>(?! s(?: |$))';

/** Asks to send a mail: to an address, as a mail, or by mail. */
export const MAIL_CUES: RequestCues = {
  alsoDoneBy: /e-?mail|\bmail|gmail|outlook|\bsend|notif|message/i,
  forms: {
    en: [
      {
        verbs: 'send|forward|shoot|drop',
        objects: [
          `^(?:(?!mails?|emails?)\\S+ ){0,3}?(?:an?|one|another) (?:\\S+ ){0,3}?${ONE_MAIL}`,
          '^(?:out )?(?:emails|mails) to',
          `(?:by|via|per|as) (?:an? )?${ONE_MAIL}`,
          TO_ADDRESS,
          named('to'),
        ],
      },
      { verbs: 'email|mail', objects: ['^(?:<mail>|me|us|him|her|them|everyone|everybody)(?! s(?: |$))', named('to')] },
      {
        verbs: 'email',
        objects: [
          '^(?:it|this|that|these|those|the|my|our|an?) (?:\\S+ ){0,8}?to \\S+',
          '^(?!(?:is|was|as|to|in|of|from|for|on|with|marketing|address|addresses) )\\S+ (?:the|an?|this|that|my|our|these|it)',
        ],
      },
      { verbs: 'write to|reply to|notify|tell|inform|contact|remind|let', objects: [TO_ADDRESS] },
    ],
    de: [
      {
        verbs:
          'schicke?|sende|verschicke?|versende|leite|schicken sie|senden sie|verschicken sie|leiten sie|maile?|mailen sie',
        lastVerbs: 'schicken|senden|zuschicken|zusenden|verschicken|versenden|weiterleiten|mailen',
        objects: [
          '(?:eine|ne|diese|die|je eine) (?:\\S+ ){0,2}?(?:email|mail)(?= (?:an|mit|zu|uber|senden|schicken|verschicken) |$)',
          '(?:per|als|via) (?:email|mail)',
          TO_ADDRESS,
          named('an'),
        ],
      },
      { verbs: 'benachrichtige?|informiere?|schreibe? an', objects: [TO_ADDRESS] },
    ],
    fr: [
      {
        verbs:
          'envoie[sz]?|envoyez|envoyer|expedie[rz]?|transmets|transmettez|transmettre|transferez|transferer|transfere|' +
          'fais suivre|faites suivre|faire suivre',
        objects: [
          '(?:un|ce|cet|le|l|chacun un) (?:\\S+ ){0,2}?(?:email|mail|courriel)',
          'par (?:email|mail|courriel|courrier electronique)',
          '^(?:lui |leur |moi |nous )?<mail>(?! s(?: |$))',
          named('a|au'),
        ],
      },
      { verbs: 'previens|prevenez|prevenir|informe[rz]?|ecris a|ecrivez a|ecrire a', objects: [TO_ADDRESS] },
    ],
    es: [
      {
        verbs:
          'envia|envie|enviar|envies|enviame|enviale|enviarle|manda|mande|mandar|mandes|mandame|mandale|mandarle|remite|remita|' +
          'remitir|reenvia|reenvie|reenviar',
        objects: [
          '(?:un|este|ese|el) (?:\\S+ ){0,2}?(?:email|mail|correo)',
          'por (?:email|mail|correo electronico)',
          TO_ADDRESS,
          named('a|al|para'),
        ],
      },
      { verbs: 'avisa a|avise a|avisar a|informa a|escribe a|escriba a|escribir a', objects: [TO_ADDRESS] },
    ],
    it: [
      {
        verbs:
          'invia|invii|inviare|inviami|inviagli|inviale|manda|mandi|mandare|mandami|mandagli|mandale|spedisci|spedire|inoltra|' +
          'inoltri|inoltrare',
        objects: [
          '(?:un|una|questa) (?:\\S+ ){0,2}?(?:email|mail)',
          '(?:per|via|tramite) (?:email|mail|posta elettronica)',
          TO_ADDRESS,
          named('a|ad|al|alla'),
        ],
      },
      { verbs: 'avvisa|avvisare|informa|informare|scrivi a|scrivere a', objects: [TO_ADDRESS] },
    ],
    pt: [
      {
        verbs: 'envie|envia|enviar|envies|mande|manda|mandar|mandes|encaminhe|encaminha|encaminhar|remeta|remeter',
        objects: [
          '(?:um|este|esse) (?:\\S+ ){0,2}?(?:email|mail|correio eletronico)',
          '(?:por|via) (?:email|mail|correio eletronico)',
          TO_ADDRESS,
          named('para|a|ao'),
        ],
      },
      { verbs: 'avise|avisar|informe|informar|escreva para|escreva a|escrever para', objects: [TO_ADDRESS] },
    ],
    nl: [
      {
        verbs: 'stuur|zend|verstuur|verzend|mail|email',
        lastVerbs: 'sturen|versturen|zenden|verzenden|mailen|emailen|doorsturen',
        objects: [
          '(?:een|deze|dit) (?:\\S+ ){0,2}?(?:email|mail|mailtje)(?! adres)',
          '(?:per|via|als) (?:email|mail)',
          TO_ADDRESS,
          named('naar|aan'),
        ],
      },
      { verbs: 'informeer|waarschuw|schrijf aan', objects: [TO_ADDRESS] },
    ],
    pl: [
      {
        verbs: 'wyslij|wyslac|przeslij|przeslac|przekaz|przekazac',
        objects: [
          '(?:email|mail|emaila|maila|wiadomosc email)(?= (?:do|na|z|o) |$)',
          '(?:emailem|mailem|poczta elektroniczna)',
          TO_ADDRESS,
          named('do|na|na adres'),
        ],
      },
      { verbs: 'powiadom|powiadomic|poinformuj|poinformowac|napisz do|napisac do', objects: [TO_ADDRESS] },
    ],
    zh: [
      { text: '.*(?:[发發]|[发發]送|寄)(?:了?一?封|[个個]|一下)?(?:[电電]子)?(?:[邮郵]件|email)(?=[给給到至通告]|$)' },
      { text: '(?:把|将|將)?.*(?:[发發]|[发發]送|寄|[转轉][发發])(?:[给給到至])+.{0,12}<mail>' },
      { text: '(?:把|将|將)?.*(?:用|通[过過]|以)(?:[电電]子)?(?:[邮郵]件|email).*(?:[发發]|寄|告[诉訴]|通知)' },
      { text: '(?:[给給]|向)(?:.{0,8})<mail>.*(?:[发發]|寄)' },
    ],
    ja: [
      {
        text: '.*(?:メール(?!アドレス|の一覧)|<mail>).*(?:送って|(?:送信|送付|転送)して|出して)(?!い[るたなま]|る|た|き)',
      },
      { text: '.*(?:メール(?!アドレス|の一覧)|<mail>).*(?:を|で|に|へ)(?:送信|送付|転送)(?:する|お願いします)?$' },
      { text: '.*(?:メールで|<mail> ?(?:さん|様)?に).*(?:知らせて|通知して|連絡して)(?!い[るたなま]|る|た|き)' },
    ],
  },
};
