/** A part of a page, in Markdown. */
export interface Section {
  text: string;
  /** Whether it may be left out where there is no room for all. */
  mayGo?: boolean;
}

/** The most that a comment of GitHub has, with room for the hidden line. */
export const MOST_IN_COMMENT = 60_000;
/** The most that the summary of a step has. */
export const MOST_IN_SUMMARY = 900_000;

/** The sections as one page of at most `most` characters; what is left out is said. Ends with a newline. */
export function pageOf(sections: readonly Section[], most: number): string {
  let kept = sections;
  while (lengthOf(kept) > most) {
    const last = kept.findLastIndex(({ mayGo }) => mayGo === true);
    if (last === -1) return `${cut(kept, most)}\n`;
    kept = kept.with(last, { text: LEFT_OUT });
  }
  return `${textOf(kept)}\n`;
}

const LEFT_OUT = '_A part is too long to be shown here._';

function textOf(sections: readonly Section[]): string {
  return sections.map(({ text }) => text).join('\n\n');
}

function lengthOf(sections: readonly Section[]): number {
  return textOf(sections).length;
}

/** Whole sections from the beginning, as many as there is room for. */
function cut(sections: readonly Section[], most: number): string {
  const kept: Section[] = [];
  for (const section of sections) {
    if (lengthOf([...kept, section]) + LEFT_OUT.length > most) break;
    kept.push(section);
  }
  return textOf([...kept, { text: LEFT_OUT }]);
}
