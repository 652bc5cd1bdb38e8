import type { RequestCues } from '../../domain/values/request-cues.js';

/** Asks to run a program of this machine, as a command. */
export const COMMAND_CUES: RequestCues = {
  alsoDoneBy: /command|shell|bash|terminal|script|\bexec/i,
  forms: {
    en: [
      {
        verbs: 'run|execute',
        objects: [
          '^(?:the |this |that )?(?:shell |terminal |bash |following )?command(?! (?:list|lists|history|palette))',
          '^(?:the |this |that |my )?(?:shell|bash) script',
          '(?:in|on) (?:the|a|my) (?:terminal|shell|command line)',
        ],
      },
    ],
    de: [
      {
        verbs: 'fuhre?|starte?|fuhren sie|starten sie',
        lastVerbs: 'ausfuhren|starten',
        objects: ['(?:den|diesen) (?:\\S+ )?(?:befehl|konsolenbefehl|shellbefehl)', 'im terminal'],
      },
    ],
    fr: [{ verbs: 'execute[rz]?|lance[rz]?', objects: ['^(?:la|cette) commande', 'dans (?:le|un) terminal'] }],
    es: [
      {
        verbs: 'ejecuta|ejecute|ejecutar|corre|lanza',
        objects: ['^(?:el|este) (?:comando|mandato)', 'en (?:la|el|una) terminal'],
      },
    ],
    it: [{ verbs: 'esegui|esegua|eseguire|lancia', objects: ['^(?:il|questo) comando', 'nel terminale'] }],
    pt: [{ verbs: 'execute|executa|executar|rode|rodar', objects: ['^(?:o|este) comando', 'no terminal'] }],
    nl: [
      {
        verbs: 'voer|start',
        lastVerbs: 'uitvoeren|uit te voeren|starten',
        objects: ['(?:het|de|dit) (?:commando|opdrachtregel)', 'in (?:de|een) terminal'],
      },
    ],
    pl: [{ verbs: 'wykonaj|wykonac|uruchom|uruchomic', objects: ['^(?:to )?polecenie', 'w terminalu'] }],
    zh: [
      {
        text: '(?:在.{0,4}(?:[终終]端|命令行).{0,3})?(?:[运運]行|[执執]行)(?:以下|下列|[这這][条條个個])?(?:shell)?(?:命令|指令)',
      },
    ],
    ja: [{ text: '.*(?:コマンド|シェル).*を(?:実行|走ら)(?:して|せて)(?!い[るたなま]|る|た)' }],
  },
};
