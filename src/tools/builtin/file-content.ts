import type { KeptDigits } from '../../domain/values/whole-numbers.js';

/** What a person or a model may say of a file, because it cannot be seen in it for certain, and what they want of it. */
export interface ReadOptions {
  delimiter?: string | undefined;
  encoding?: string | undefined;
  sheet?: string | undefined;
  /** A text instead of the value: JSON, or a table as CSV. */
  as?: 'json' | 'csv' | undefined;
}

export type ReadJob = ContentJob | DocumentJob;

/** Data and plain text, or files of a known structure. */
export interface ContentJob {
  kind: 'text' | 'json' | 'json-lines' | 'yaml' | 'csv' | 'tsv';
  content: Uint8Array;
  options: ReadOptions;
}

/** What its text or table has to be found in: a library reads it, in a thread. */
export interface DocumentJob {
  /** `page`: HTML of the web, of which the main text is wanted. */
  kind: 'html' | 'page' | 'pdf' | 'docx' | 'pptx' | 'xlsx';
  content: Uint8Array;
  options: ReadOptions;
  /** Of a page: its links begin there. */
  address?: string;
}

const DOCUMENTS: readonly ReadJob['kind'][] = [
  'html',
  'page',
  'pdf',
  'docx',
  'pptx',
  'xlsx',
] satisfies DocumentJob['kind'][];

export function isDocument(job: ReadJob): job is DocumentJob {
  return DOCUMENTS.includes(job.kind);
}

/** The value of a file. */
export interface FileContent extends KeptDigits {
  /** Each is a sentence about the file, without its subject: the file's name comes first. */
  warnings?: string[] | undefined;
  summary?: string | undefined;
}
