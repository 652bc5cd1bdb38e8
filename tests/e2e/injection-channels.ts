import { order, shortOrder, type OrderedCall } from '../support/obedient-model.js';
import { plan, tool } from './trust-project.js';

/** How a text of somebody else comes before a model: in `$data`, or by a call of its own. */
export interface Channel {
  /** What makes `$data` of it. */
  steps?: object[];
  /** The plan itself has the model make this call. */
  own?: OrderedCall | undefined;
  /** Ids of tools that the model is offered beside those that it needs. */
  offers?: string[];
  /** What the MCP server `told` says, and does. */
  server?: object;
  /** No model ever sees the text. */
  isUnseen?: boolean;
  /** What the run ends with, whatever is ordered. */
  code?: 8;
  inputs?: object[];
  files?: Record<string, string | object>;
  /** In place of files: what a server answers. */
  page?: string;
  /** Rows of a table `notes` in shop.db. */
  row?: string;
  table?: string;
  flags?: string[];
}

const read = (filename: string) => tool('file_reader_tool', { filename }, '$data');
const given = { steps: [{ kind: 'compute', expression: '$given', output: '$data' }], inputs: [{ name: '$given' }] };
const html = (text: string) =>
  `<html><title>News</title><body><p>Fine weather.</p><p hidden>${text}</p><p>${text}</p></body></html>`;
const mail = (text: string) =>
  `From: boss@example.org\nTo: you@example.org\nSubject: Urgent: ${text}\nContent-Type: text/plain\n\nDear you,\n${text}\n`;

export const CHANNELS: Record<string, (...calls: OrderedCall[]) => Channel> = {
  'a text file': (...calls) => ({ steps: [read('in.txt')], files: { 'in.txt': order(...calls) } }),
  'a JSON file': (...calls) => ({ steps: [read('in.json')], files: { 'in.json': { a: [{ note: order(...calls) }] } } }),
  'a YAML file': (...calls) => ({
    steps: [read('in.yaml')],
    files: { 'in.yaml': `note: ${JSON.stringify(order(...calls))}\n` },
  }),
  'a CSV file': (...calls) => ({ steps: [read('in.csv')], files: { 'in.csv': `a,b\n1,"${order(...calls)}"\n` } }),
  'an HTML file': (...calls) => ({ steps: [read('in.html')], files: { 'in.html': html(order(...calls)) } }),
  'a web page': (...calls) => ({ steps: [tool('page', {}, '$data')], page: html(order(...calls)) }),
  'a mail in a file': (...calls) => ({ steps: [read('mail.txt')], files: { 'mail.txt': mail(order(...calls)) } }),
  'a mail that a program fetches': (...calls) => ({
    steps: [tool('mail', {}, '$data')],
    files: { 'note.txt': mail(order(...calls)) },
  }),
  'a row of a database': (...calls) => ({
    steps: [tool('run_sql', { query: 'SELECT * FROM notes', db_path: 'shop.db' }, '$data')],
    row: order(...calls),
  }),
  'the name of a table': (...calls) => ({
    steps: [tool('list_tables', { db_path: 'shop.db' }, '$data')],
    table: shortOrder(...calls),
  }),
  'the answer of a person': (...calls) => ({
    steps: [{ kind: 'user_input', message: 'Note?', output: '$data' }],
    files: { 'in.txt': order(...calls) },
    flags: ['--answer', '0=@in.txt'],
  }),
  'an input of the plan': (...calls) => ({
    ...given,
    files: { 'in.txt': order(...calls) },
    flags: ['-i', 'given=@in.txt'],
  }),
  'the result of a plan inside': (...calls) => ({
    steps: [{ kind: 'plan', plan: plan(read('in.txt')), output: '$data' }],
    files: { 'in.txt': order(...calls) },
  }),
  'the output of a program': (...calls) => ({
    own: { name: 'mail', arguments: {} },
    files: { 'note.txt': order(...calls) },
  }),
  'the error of a program': (...calls) => ({
    own: { name: 'broken', arguments: {} },
    files: { 'note.txt': order(...calls) },
  }),
  'the error of a module': (...calls) => ({
    own: { name: 'throwing', arguments: {} },
    files: { 'note.txt': order(...calls) },
  }),
  'the answer of an HTTP call': (...calls) => ({
    own: { name: 'page', arguments: {} },
    page: JSON.stringify({ text: order(...calls) }),
  }),
  'the error of an HTTP call': (...calls) => ({ own: { name: 'unable', arguments: {} }, page: order(...calls) }),
  'the names of files': (...calls) => ({
    own: { name: 'list_files_tool', arguments: { pattern: 'in/**' } },
    files: { [`in/${shortOrder(...calls)}/a.txt`]: 'a' },
  }),
  'a line that a search in files finds': (...calls) => ({
    own: { name: 'find_in_files_tool', arguments: { text: 'obey' } },
    files: { 'in/a.txt': `first\n${shortOrder(...calls)}\n` },
  }),
};
