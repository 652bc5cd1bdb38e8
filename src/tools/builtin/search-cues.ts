import type { RequestCues } from '../../domain/values/request-cues.js';

/** What may follow "the web" where it is not part of another name, such as "the web server". */
const END =
  '(?= (?:for|to|about|on|with|using|by|until|if|whether|which|what|who|how|when|where|why|again|now|today|first) |$)';

/** "People who are online" and "what was sold online" do not ask to look there. */
const NOT_SAID_OF =
  '(?<! (?:word|words|term|text|is|are|was|were|be|been|being|live|people|users?|customers?|shop|shops|buy|bought|sell|sold|ordered|available|' +
  'published|posted|shared|go|went) )';

/** Asks to look for something on the web. */
export const SEARCH_CUES: RequestCues = {
  alsoDoneBy: /^(?=[^]*(?:\bweb\b|internet|online|google|\bbing\b|brave|duckduckgo))[^]*(?:search|look|find|research)/i,
  forms: {
    en: [
      {
        verbs: 'search|browse|scour|research|query|surf|comb',
        objects: [`^(?:(?:on|in|through|across|over) )?(?:the )?(?:whole |entire |open )?(?:web|internet)${END}`],
      },
      {
        verbs: 'search|look|check|research|browse',
        objects: [`^(?:(?:it|this|that|them) )?(?:up )?online${END}`],
      },
      {
        verbs: 'find|search|look|get|fetch|collect|gather|check|research|investigate|discover|tell me|learn|read',
        objects: [
          `${NOT_SAID_OF}(?:on|from|in|over|via|using|by searching) (?:the )?(?:web|internet)${END}`,
          `${NOT_SAID_OF}online$`,
        ],
        namesNoPlace: true,
      },
      { verbs: 'google', objects: ['^(?:for|the|what|who|how|which|when|where|why|whether|this|it|an?)'] },
      {
        verbs: 'do|run|make|perform|conduct|use',
        objects: [`^(?:an? |the )?(?:quick |thorough |short )?(?:web|internet|google|online) search${END}`],
      },
      { verbs: 'use', objects: ['^(?:the )?(?:web|internet) (?:to|for)', '^google (?:to|for)'] },
    ],
    de: [
      {
        verbs: 'suche|recherchiere?|schaue?|gucke?|sieh|finde|suchen sie|recherchieren sie|finden sie',
        lastVerbs: 'suchen|heraussuchen|recherchieren|nachsehen|nachschauen|nachschlagen|finden|herausfinden',
        objects: [
          'im (?:internet|web|netz)',
          '(?:auf|uber) (?:dem|das) internet',
          'online(?= |$)(?! (?:sind|ist|verf))',
        ],
        namesNoPlace: true,
      },
      {
        verbs: 'durchsuche?|durchforste?',
        lastVerbs: 'durchsuchen|durchforsten',
        objects: ['das (?:internet|web|netz)'],
      },
      {
        verbs: 'googe?le',
        lastVerbs: 'googeln',
        objects: ['^(?:den|die|das|nach|was|wer|wie|wo|wann)', '(?:den|die|das|nach)'],
      },
    ],
    fr: [
      {
        verbs:
          '(?:re)?cherche[rz]?|(?:re)?cherches|trouve[rz]?|trouves|regarde[rz]?|consulte[rz]?|fai[st] une recherche|' +
          'faites une recherche|faire une recherche|effectue[rz]? une recherche',
        objects: ['(?:sur|dans) (?:l |le )?(?:internet|web|net)', 'en ligne$'],
        namesNoPlace: true,
      },
      { verbs: 'google[rz]?|googlise[rz]?', objects: ['^(?:le|la|les|l|un|une|ce|qui|que|pour)'] },
      { verbs: 'parcour[st]|parcourez|parcourir|fouille[rz]?', objects: ['^(?:l internet|le web|internet)'] },
    ],
    es: [
      {
        verbs:
          'busca|busque|buscar|busques|buscame|investiga|investigue|investigar|investigues|encuentra|encuentre|encontrar|' +
          'encuentres|averigua|averigue|averiguar|consulta|consulte|consultar|mira|mire|mirar',
        objects: ['(?:en|por) (?:el |la )?(?:internet|web)(?! del?(?: |$))', 'en la red$', 'en linea$', 'online$'],
        namesNoPlace: true,
      },
      { verbs: 'googlea|googlee|googlear', objects: ['\\S+'] },
    ],
    it: [
      {
        verbs:
          'cerca|cerchi|cercare|cercami|ricerca|ricercare|trova|trovi|trovare|trovami|guarda|guardi|guardare|controlla|' +
          'controllare|consulta|consultare|scopri|fai una ricerca|fare una ricerca',
        objects: ['(?:su|in|via) (?:internet|web)', '(?:sul|nel) web', 'in rete$', 'online$'],
        namesNoPlace: true,
      },
      { verbs: 'googla|googlare', objects: ['\\S+'] },
    ],
    pt: [
      {
        verbs:
          'pesquise|pesquisa|pesquisar|procure|procura|procurar|busque|busca|buscar|encontre|encontra|encontrar|ache|achar|' +
          'veja|consulte|consultar|faca uma pesquisa|fazer uma pesquisa',
        objects: ['(?:na|pela) (?:internet|web)(?! d[aeo]s?(?: |$))', 'na rede$', 'online$', 'em linha$'],
        namesNoPlace: true,
      },
    ],
    nl: [
      {
        verbs: 'zoek|onderzoek|vind|kijk|controleer|raadpleeg',
        lastVerbs: '(?:op)?zoeken|uitzoeken|onderzoeken|nakijken|vinden|op te zoeken|te zoeken',
        objects: ['(?:op|in|via) (?:het )?(?:internet|web)', 'online'],
        namesNoPlace: true,
      },
      { verbs: 'google|googel', lastVerbs: 'googelen', objects: ['(?:de|het|een|wat|wie|hoe|waar|wanneer)'] },
    ],
    pl: [
      {
        verbs: '(?:wy|po)?szukaj|(?:wy|po)?szukac|znajdz|znalezc|sprawdz|sprawdzic|zobacz',
        objects: ['w internecie', 'w necie', 'w sieci$', 'online$', 'po internecie'],
        namesNoPlace: true,
      },
      { verbs: 'przeszukaj|przeszukac', objects: ['^(?:caly )?(?:internet|siec$)'] },
      { verbs: 'wygoogluj|wygooglowac', objects: ['\\S+'] },
    ],
    zh: [
      {
        text:
          '(?:[在到从從用通过過]{0,2})(?:[网網]上|[网網][络絡]上?|互[联聯][网網]上?|因特[网網]|網際網路)' +
          '(?:[去来來]|里|裡)?(?:搜|查|找|[寻尋]找|[检檢]索|[调調]研|研究)',
      },
      { text: '上[网網](?:[去来來])?(?:搜|查|找|[寻尋]找|[检檢]索)' },
      {
        text: '(?:搜索|搜[寻尋]|[检檢]索)(?:一下)?(?:整[个個])?(?:互[联聯][网網]|[网網][络絡]|網際網路|全[网網])(?:上的?|以|[来來]|查|找|[获獲]|[关關][于於]|有[关關]|$)',
      },
      { text: '(?:百度|谷歌)一下' },
    ],
    ja: [
      {
        text:
          '.*(?:インターネット|ネット|ウェブ|web|オンライン)(?:上)?(?:で|を|から)' +
          '.*(?:(?:検索|調査|リサーチ)して|調べて|探して|ググって)(?!い|る|た|も|から)',
      },
      {
        text: '.*(?:インターネット|ネット|ウェブ|web|オンライン)(?:上)?(?:で|を|から).*(?:検索|調査|リサーチ)(?:する|お願いします)?$',
      },
    ],
  },
};
