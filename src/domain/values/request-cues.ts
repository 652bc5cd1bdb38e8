/** The languages in which portia knows how people ask for what a tool does. */
export const CUE_LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'zh', 'ja'] as const;

export type CueLanguage = (typeof CUE_LANGUAGES)[number];

/**
 * A form in which a clause asks. All texts are sources of regular expressions over lower-case words without accents, one space
 * between them. `<mail>`, `<url>`, `<db>` and `<file>` stand for a mail address, the address of a page, the name of a
 * database and that of any other file.
 */
export interface CueForm {
  /** The verbs with which the clause begins, after words such as "please" and "can you". */
  verbs: string;
  /** Those with which it may end instead, in languages that put them there. */
  lastVerbs?: string;
  /** What it says besides: one of these; `^` is before what follows the verb at once. */
  objects: readonly string[];
  /** Only where it names no file and no page: otherwise that is where to look. */
  namesNoPlace?: true;
}

/** The same for languages without spaces: all of the clause, after words such as "please". */
export interface CueText {
  text: string;
}

/** In which words and forms a request shows that it needs a tool. */
export interface RequestCues {
  /** Matches the id or the description of other tools that may do the same. */
  alsoDoneBy: RegExp;
  forms: Partial<Record<CueLanguage, readonly (CueForm | CueText)[]>>;
}
