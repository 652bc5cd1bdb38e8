import type { RequestCues } from '../../domain/values/request-cues.js';

/** Asks for what a person does in a page: sign in, press a button, fill in a form, buy. */
export const BROWSER_CUES: RequestCues = {
  alsoDoneBy: /browser|playwright|puppeteer|\bclick/i,
  forms: {
    en: [
      { verbs: 'log in|login|log into|log on|sign in|sign into|click|press|tap', objects: ['<url>'] },
      { verbs: 'fill in|fill out|complete|submit', objects: ['forms? (?:on|at|of) (?:\\S+ ){0,3}<url>'] },
      { verbs: 'buy|purchase|book|reserve', objects: ['(?:on|at|from|in|via) (?:\\S+ ){0,2}<url>'] },
      { verbs: 'open|visit|load', objects: ['<url> in (?:the|a|my) browser'] },
      { verbs: 'use', objects: ['^(?:the|a|my) browser (?:to|for)'] },
    ],
    de: [
      {
        verbs: 'melde?|logge?|klicke?|melden sie|loggen sie|klicken sie',
        lastVerbs: 'anmelden|einloggen|klicken',
        objects: ['<url>'],
      },
      {
        verbs: 'fulle?|fullen sie',
        lastVerbs: 'ausfullen',
        objects: ['formular (?:auf|unter|von|bei) (?:\\S+ ){0,2}<url>'],
      },
      { verbs: 'kaufe?|kaufen sie', lastVerbs: 'kaufen', objects: ['(?:auf|bei|unter|uber) (?:\\S+ ){0,2}<url>'] },
    ],
    fr: [
      { verbs: 'connecte[rz]? (?:toi|vous)|(?:te|vous|se) connecter|clique[rz]?', objects: ['<url>'] },
      { verbs: 'rempli[st]|remplissez|remplir', objects: ['formulaire (?:sur|de|du) (?:\\S+ ){0,2}<url>'] },
      { verbs: 'achete[rz]?', objects: ['sur (?:\\S+ ){0,2}<url>'] },
    ],
    es: [
      { verbs: 'inicia sesion|inicie sesion|iniciar sesion|haz clic|haga clic|hacer clic', objects: ['<url>'] },
      {
        verbs: 'rellena|rellene|rellenar|completa|complete|completar',
        objects: ['formulario (?:en|de) (?:\\S+ ){0,2}<url>'],
      },
      { verbs: 'compra|compre|comprar', objects: ['en (?:\\S+ ){0,2}<url>'] },
    ],
    it: [
      { verbs: 'accedi a|accedere a|fai clic|clicca|cliccare|effettua l accesso', objects: ['<url>'] },
      { verbs: 'compila|compilare', objects: ['(?:modulo|form) (?:su|di) (?:\\S+ ){0,2}<url>'] },
      { verbs: 'compra|comprare|acquista|acquistare', objects: ['su (?:\\S+ ){0,2}<url>'] },
    ],
    pt: [
      { verbs: 'faca login|fazer login|inicie sessao|iniciar sessao|clique|clicar', objects: ['<url>'] },
      { verbs: 'preencha|preencher', objects: ['formulario (?:em|no|na|de) (?:\\S+ ){0,2}<url>'] },
      { verbs: 'compre|comprar', objects: ['(?:em|no|na) (?:\\S+ ){0,2}<url>'] },
    ],
    nl: [
      { verbs: 'log in|meld je aan|klik', lastVerbs: 'inloggen|aanmelden|klikken', objects: ['<url>'] },
      { verbs: 'vul', lastVerbs: 'invullen', objects: ['formulier (?:op|van) (?:\\S+ ){0,2}<url>'] },
      { verbs: 'koop', lastVerbs: 'kopen', objects: ['(?:op|bij|via) (?:\\S+ ){0,2}<url>'] },
    ],
    pl: [
      { verbs: 'zaloguj sie|zalogowac sie|kliknij|kliknac', objects: ['<url>'] },
      { verbs: 'wypelnij|wypelnic', objects: ['formularz (?:na|z) (?:\\S+ ){0,2}<url>'] },
      { verbs: 'kup|kupic', objects: ['(?:na|w) (?:\\S+ ){0,2}<url>'] },
    ],
    zh: [{ text: '(?:登[录錄入]|在.{0,4}<url>.{0,6}(?:[点點][击擊]|[购購][买買]|填[写寫]|登[录錄入]))(?:.*<url>)?' }],
    ja: [{ text: '.*<url>.*(?:ログインして|クリックして|押して|購入して|記入して|入力して)(?!い[るたなま]|る|た)' }],
  },
};
