import type { RequestCues } from '../../domain/values/request-cues.js';

const alsoDoneBy = /crawl|spider|sitemap|firecrawl/i;

/** Asks to read the pages of a whole site. */
export const CRAWL_CUES: RequestCues = {
  alsoDoneBy,
  forms: {
    en: [
      {
        verbs: 'crawl',
        objects: ['<url>', '^(?:the |all |this |that )?(?:whole |entire |pages of the )?(?:site|website)'],
      },
    ],
    de: [
      {
        verbs: 'crawle?|durchforste?',
        lastVerbs: 'crawlen|durchforsten',
        objects: ['<url>', 'die (?:ganze )?(?:website|webseite)'],
      },
    ],
    fr: [{ verbs: 'crawle[rz]?|explore[rz]?', objects: ['^(?:tout )?le site <url>', '^<url>'] }],
    es: [{ verbs: 'rastrea|rastree|rastrear', objects: ['<url>', '(?:el|este) sitio(?: web)?'] }],
    it: [{ verbs: 'scansiona|scansionare|esplora', objects: ['(?:il|tutto il) sito <url>'] }],
    pt: [{ verbs: 'rastreie|rastreia|rastrear', objects: ['<url>', '(?:o|este) site'] }],
    nl: [{ verbs: 'crawl', lastVerbs: 'crawlen', objects: ['<url>', 'de (?:hele )?(?:site|website)'] }],
    pl: [{ verbs: 'przeszukaj|przeszukac|przejrzyj', objects: ['^(?:cala )?(?:strone|witryne) <url>'] }],
    zh: [{ text: '(?:爬取|抓取|爬).{0,6}(?:<url>|整[个個]?[网網]站|[网網]站)' }],
    ja: [{ text: '.*(?:サイト|<url>).*クロール(?:して|する|$)' }],
  },
};

/** Asks which pages a site has. */
export const MAP_CUES: RequestCues = {
  alsoDoneBy,
  forms: {
    en: [
      { verbs: 'map', objects: ['^(?:out )?(?:<url>|(?:the |all of the )?(?:whole |entire )?(?:site|website))'] },
      { verbs: 'list', objects: ['^(?:all |all the |the )?pages (?:of|on) (?:the )?(?:site|website) <url>'] },
    ],
  },
};
