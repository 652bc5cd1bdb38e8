import type { KeptDigits } from '../../domain/values/whole-numbers.js';

/** What a person or a model may say of a file, because it cannot be seen in it for certain, and what they want of it. */
export interface ReadOptions {
  delimiter?: string | undefined;
  encoding?: string | undefined;
  sheet?: string | undefined;
  /** A text instead of the value: JSON, or a table as CSV. */
  as?: 'json' | 'csv' | undefined;
}

export interface ReadJob {
  kind: 'text' | 'json' | 'json-lines' | 'yaml' | 'csv' | 'tsv' | 'xlsx';
  content: Uint8Array;
  options: ReadOptions;
}

/** The value of a file. */
export interface FileContent extends KeptDigits {
  /** Each is a sentence about the file, without its subject: the file's name comes first. */
  warnings?: string[] | undefined;
  summary?: string | undefined;
}
