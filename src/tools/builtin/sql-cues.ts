import type { RequestCues } from '../../domain/values/request-cues.js';

/** "The table orders of shop.db", after the words that say where to. */
const tableOf = (where: string): string => `(?:${where}) (?:\\S+ ){0,5}?<db>`;

/** Asks to change the rows or the tables of a database. */
export const SQL_CUES: RequestCues = {
  alsoDoneBy: /sql|database|\btable|postgres/i,
  forms: {
    en: [
      { verbs: 'insert|put|load|import', objects: [tableOf('into')] },
      { verbs: 'add|append', objects: ['(?!up )\\S+ .*(?:to|into) (?:the )?table (?:\\S+ ){0,4}?<db>'] },
      {
        verbs: 'update|delete|drop|remove',
        objects: ['^(?:the |all |every |each )?(?:\\S+ )?(?:tables?|rows?|records?|columns?) (?:.* )?<db>'],
      },
      {
        verbs: 'create',
        objects: [
          '^(?:an? |the )?(?:new )?(?:table|index|view)(?: (?:named|called))? \\S+ (?:in|on) (?:\\S+ ){0,2}<db>',
        ],
      },
    ],
    de: [
      {
        verbs: 'fuge?|trage?|schreibe?|fugen sie|tragen sie',
        lastVerbs: 'einfugen|eintragen|hinzufugen|schreiben',
        objects: [tableOf('in die tabelle|der tabelle')],
      },
      {
        verbs: 'losche?|losch|aktualisiere?|loschen sie|aktualisieren sie',
        lastVerbs: 'loschen|aktualisieren',
        objects: ['^(?:die |alle )?(?:\\S+ )?(?:zeilen|datensatze|tabelle) (?:.* )?<db>'],
      },
    ],
    fr: [{ verbs: 'insere[rz]?|inserez|ajoute[rz]?', objects: [tableOf('dans la table|a la table')] }],
    es: [
      { verbs: 'inserta|inserte|insertar|anade|anadir|agrega|agregar', objects: [tableOf('en la tabla|a la tabla')] },
    ],
    it: [{ verbs: 'inserisci|inserire|aggiungi|aggiungere', objects: [tableOf('nella tabella|alla tabella')] }],
    pt: [{ verbs: 'insira|insere|inserir|adicione|adicionar', objects: [tableOf('na tabela|a tabela')] }],
    nl: [{ verbs: 'voeg|zet', lastVerbs: 'toevoegen|invoegen|zetten', objects: [tableOf('aan de tabel|in de tabel')] }],
    pl: [{ verbs: 'wstaw|wstawic|dodaj|dodac', objects: [tableOf('do tabeli')] }],
    zh: [
      { text: '(?:把|将|將)?.*(?:插入|添加|加入|[写寫]入)(?:到|至|进)?.{0,12}<db>.*表' },
      { text: '(?:把|将|將|在|向)?.*<db>.*表.*(?:插入|添加|加入)' },
    ],
    ja: [{ text: '.*<db>.*(?:テーブル|表).*(?:に|へ)(?:挿入|追加)(?:して|する|$)' }],
  },
};
