/** The rows of one page, counted from 1; a page that is not there is the nearest one. */
export function pageOf<Row>(all: readonly Row[], wanted: string | undefined, size: number) {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(wanted ?? 1)) || 1));
  return { rows: all.slice((page - 1) * size, page * size), total: all.length, page, pages };
}

/** Whether a text has every word of a search, which may be empty. */
export function hasWords(text: string, find: string): boolean {
  const lower = text.toLowerCase();
  return find
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
