import { expect, test } from 'vitest';

import { toolsNeeded, toolsProbablyMeant } from '../../src/planner/needed-tools.js';
import { neededFor, off, ready } from './tools-off.js';

test.each<[string, string[]]>([
  ['find cats with search_tool', ['search_tool']],
  ['Search the web for the price of gold', ['search_tool']],
  ['What does gold cost? Please search the web.', ['search_tool']],
  ['Read notes.md, sum it up and send the summary to Ada by email', ['send_email_tool']],
  ['Send an email to ada@example.com', ['send_email_tool']],
  ['I would like you to crawl the site and sum up its pages', ['crawl_tool']],
  ['Run the command ls', ['run_command_tool']],
])('when the request is %j then it needs %j', (request, ids) => {
  expect(neededFor(request)).toEqual(ids);
});

test.each([
  'add 1 + 2',
  'Read orders.csv and write the total to total.txt',
  'Search notes.md for the word budget',
  'Search the file "search the web.md" for results',
  'Write a summary of the search results in results.json',
  'Write the SQL query that counts the customers',
  'Draft a reply to the emails in inbox.json',
  'Sum up the letter and do not send an email',
  'Never send an email; show me the text',
  'Extract the names of people from letters.txt',
  'Make a map of the concepts in notes.md',
  'Run make test',
  'Run the SQL query in count.sql',
  'What is the weather in Oslo?',
])('when the request is %j then it needs no tool that is off', (request) => {
  expect(neededFor(request)).toEqual([]);
});

test('when a ready tool is told of in the same words then none that is off is needed', () => {
  const own = { id: 'docs', description: 'Searches the web, and our pages.', effect: 'read', inputSchema: {} } as const;
  const request = 'Search the web for the price of gold';
  expect(toolsNeeded(off, { ready: [...ready, own], request })).toEqual([]);
});

test.each<[string, string[]]>([
  ['Find the price of gold by searching the web', ['search_tool']],
  ['Insert the rows of orders.csv into the table orders of shop.db', ['write_sql']],
  ['add 1 + 2', []],
  ['Summarise https://example.com/news', []],
  ['Add up the numbers in a.csv', []],
  ['Delete the temporary files', []],
  ['List the tables of shop.db and show their columns', []],
  ['Look up the current weather in Paris and compare it with that in London', []],
])('when the request is %j then it probably means %j', (request, ids) => {
  expect(toolsProbablyMeant(off, { ready, request }).map(({ id }) => id)).toEqual(ids);
});
