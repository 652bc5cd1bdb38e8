/** Rows that a query may give. */
export const MAX_ROWS = 10_000;
/** Characters of JSON that the rows of a call may have. */
export const MAX_RESULT_LENGTH = 20_000_000;
/** How long a call may ask a database. */
export const QUERY_MS = 30_000;
