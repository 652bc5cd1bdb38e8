import { describe, expect, test } from 'vitest';

import { describeTool } from '../../src/app/plans/planning.js';
import { toolsNeeded } from '../../src/planner/needed-tools.js';
import type { ToolDescription } from '../../src/planner/offered-tools.js';
import { builtinTools } from '../../src/tools/builtin/builtin-tools.js';

const OFF = new Set([
  ...['browser_tool', 'browser_tool_for_url', 'crawl_tool', 'extract_tool', 'map_tool', 'run_command_tool'],
  ...['search_tool', 'send_email_tool', 'write_sql'],
]);
const ALL = builtinTools().map(describeTool);
const off = ALL.filter(({ id }) => OFF.has(id));
const ready = ALL.filter(({ id }) => !OFF.has(id));
const neededFor = (request: string) => toolsNeeded(off, { ready, request }).map(({ id }) => id);

const NEEDED: Record<string, string[]> = {
  search_tool: [
    'Research the web for gold prices',
    'Could you search the internet for a used bike?',
    'Look up the prices of gold, silver and copper on the web and add them to prices.md',
    'Find the current population of Oslo online.',
    'Read names.txt. Then google the birthday of each person.',
    'Do a quick web search for vegan restaurants in Rome',
    'Please look it up online',
    'I need you to search the web, then write report.md',
    'Use the web to find out who won the last election',
    '1. Search the web for gold prices\n2. Write them to gold.md',
    'Suche im Internet nach Goldpreisen',
    'Kannst du bitte online nach dem Goldpreis suchen?',
    'Ich möchte den Goldpreis im Internet recherchieren',
    'Recherchiere im Web, was Gold kostet, und schreib es in gold.md',
    'Cherche le prix de l’or sur Internet',
    'Peux-tu rechercher le cours de l’or sur le web ?',
    'Busca en internet el precio del oro',
    'Por favor, investiga en la web cuánto cuesta el oro',
    'Cerca su internet il prezzo dell’oro e scrivilo in oro.md',
    'Potresti cercare sul web il prezzo dell’oro?',
    'Pesquise na internet o preço do ouro',
    'Você pode buscar o preço do ouro na internet?',
    'Zoek op internet naar de goudprijs',
    'Kun je online de goudprijs opzoeken?',
    'Wyszukaj w internecie cenę złota',
    'Czy możesz sprawdzić cenę złota w internecie?',
    '请在网上搜索黄金价格',
    '帮我上网查一下黄金价格，然后写到gold.md',
    '用互联网搜索今天的新闻',
    'ネットで金の価格を調べてください',
    'インターネットで金の価格を検索して gold.md に書いてください',
    'ウェブで金の価格を検索',
  ],
  send_email_tool: [
    'email ada@example.com the total',
    'Add up orders.csv and email the total to Ada',
    'Send ada@example.com the total of orders.csv',
    'Forward report.pdf to Ada Lovelace <ada@example.com>',
    'Sum up notes.md and mail it to ada@example.com',
    'Can you send Bob a short email about the meeting?',
    'Send the list to bob@example.com and ada@example.com',
    'Write the report, then notify ada@example.com',
    'Email me the summary',
    'Send emails to all customers in customers.csv',
    'Schicke die Summe an ada@example.com',
    'Bitte die Rechnung per E-Mail an Ada senden',
    'Kannst du ada@example.com eine kurze Mail schicken?',
    'Lies notes.md und sende eine E-Mail an Ada',
    'Envoie le total à ada@example.com',
    'Pourriez-vous envoyer un e-mail à Ada ?',
    'Envía un correo a Ada con el total',
    'Suma los pedidos de orders.csv y manda el total a ada@example.com',
    'Invia una mail ad Ada con il totale',
    'Vorrei inviare il totale ad ada@example.com',
    'Envie um e-mail para Ada com o total',
    'Some os pedidos e envie o total para ada@example.com',
    'Stuur ada@example.com het totaal',
    'Kun je het totaal per e-mail naar Ada sturen?',
    'Wyślij maila do Ady z sumą',
    'Zsumuj zamówienia, a potem wyślij wynik na adres ada@example.com',
    '把总数发给 ada@example.com',
    '请给 ada@example.com 发一封邮件',
    '合計を ada@example.com に送ってください',
    'Ada にメールを送信してください',
  ],
  browser_tool: [
    'Log in to https://shop.example.org and download my invoices',
    'Fill in the form on https://forms.example.org with the rows of people.csv',
    'Buy tea at shop.example.org',
    'Melde dich auf https://shop.example.org an und bestelle Tee',
    'Connecte-toi à https://shop.example.org',
    'Inicia sesión en https://shop.example.org',
    '登录 https://shop.example.org',
    'https://shop.example.org にログインしてください',
  ],
  run_command_tool: [
    'Run the shell script build.sh',
    'Execute make test in the terminal',
    'Führe den Befehl ls aus',
    'Exécute la commande ls',
    'Ejecuta el comando ls',
    'Voer het commando ls uit',
    '执行命令 ls',
    'ls コマンドを実行してください',
  ],
  write_sql: [
    'Insert the rows of orders.csv into the table orders of shop.db',
    'Delete all rows of the table orders in shop.db that are older than a year',
    'Füge die Zeilen von orders.csv in die Tabelle orders von shop.db ein',
    'Inserta las filas de orders.csv en la tabla orders de shop.db',
  ],
  crawl_tool: ['Crawl https://example.com and list its prices', 'Crawle die Website und fasse sie zusammen'],
  map_tool: ['Map the site https://example.com', 'List all pages of the site https://example.com'],
};

describe.each(Object.entries(NEEDED))('%s is off', (id, requests) => {
  test.each(requests)('when the request is %j then it needs the tool', (request) => {
    expect(neededFor(request)).toEqual([id]);
  });
});

test.each([
  'Find the price of gold in prices.csv',
  'Search the web pages in site/ for broken links',
  'Search the web server log access.log for errors',
  'Find the customers who are online',
  'List the products that were sold online in orders.csv',
  'Explain how to search the web',
  'Write a poem about the internet',
  'What is the world wide web?',
  'Find the words web and internet in notes.md',
  'Summarise https://example.com/news/online',
  'Find the price of gold on the web page https://example.com/gold',
  'Do not search the web; use prices.csv',
  'Translate into German: search the web for gold prices',
  'Translate "search the web for gold" into French',
  'Google Sheets has exported sheet.csv; add up its numbers',
  'Get the online orders from orders.csv',
  'Finde im Internet bestellte Artikel in bestellungen.csv',
  'Suche in notes.md nach dem Wort Internet',
  'Erkläre, wie man im Internet sucht',
  'Schreibe ein Gedicht über das Internet',
  'Cherche le mot internet dans notes.md',
  'Explique comment chercher sur Internet',
  'Busca la palabra internet en notes.md',
  'No busques en internet; usa prices.csv',
  'Busca en la web de la empresa',
  'Scrivi una poesia su internet',
  'Pesquise no arquivo notes.md a palavra internet',
  'Zoek in notes.md naar het woord internet',
  'Napisz wiersz o internecie',
  '总结网上银行的账单 bills.csv',
  '搜索网络错误日志',
  '解释如何在网上搜索',
  'ネットの歴史を説明してください',
  'ウェブで調べている人の一覧を people.csv から作ってください',
  'Sum up the emails that I sent to ada@example.com',
  'Explain how to send an email',
  'Write an email to ada@example.com, but only as a draft',
  'Find the orders of ada@example.com in orders.csv',
  'Extract the email addresses from contacts.txt',
  'Email subject lines: write three for the spring sale',
  'Count the mails in inbox.json',
  'Send a GET request to https://api.example.com/?user=ada@example.com',
  'Write a script that sends an email to Ada',
  'Write ada@example.com to a.txt',
  'Correct this text: Send me an email, please.',
  'Reply with the number of emails',
  'Do not email anyone; write the total to total.txt',
  'Schreibe ein Skript, um eine E-Mail an Ada zu senden',
  'Fasse die Mails zusammen, die ich an ada@example.com geschickt habe',
  'Zähle die E-Mails an ada@example.com in inbox.json',
  'Sende keine E-Mail, zeig mir den Text',
  'Résume les e-mails envoyés à ada@example.com',
  'N’envoie pas d’e-mail à Ada',
  'Resume los correos enviados a ada@example.com',
  'Riassumi le mail inviate ad ada@example.com',
  'Resuma os e-mails enviados para ada@example.com',
  'Vat de e-mails aan ada@example.com samen',
  'Podsumuj maile wysłane do Ady',
  '统计发送邮件的数量',
  '不要发邮件，只显示文字',
  'メールを送信したログを集計してください',
  'メールを送信する方法を説明してください',
  'メールは送らないでください',
  'Summarise https://shop.example.org',
  'Open orders.csv and sort it by price',
  'Find out what you can buy at https://shop.example.org',
  'Explain how to log in to https://shop.example.org',
  'Run make test',
  'List the commands in README.md',
  'Explain the command ls',
  'Führe die Berechnung 1 + 2 aus',
  'Create a report from the table orders of shop.db',
  'Write the SQL that inserts the rows of orders.csv into the table orders of shop.db',
  'Add up the rows of the table orders in shop.db',
  'Delete the file shop.db',
  'Insert a table into report.md',
  'Map the names in a.csv to those in b.csv',
  'Send the report',
  'Read the mail in inbox/1.txt and extract the order number',
  'Draft an email to ada@example.com and save it as draft.txt',
  'Send an update about ada@example.com to the archive',
  'Check the customers who are online',
  'Compare internet providers by price in providers.csv',
  'Read orders.csv and send the rows on',
  'Summarise the web search in search.json',
  'Find typos, fix links and format the web page',
  'Email is the topic of notes.md; sum it up',
  'Mail merge letter.docx with people.csv',
  'Send the emails in inbox.json through the spam filter',
  'Ignore the email from ada@example.com and sum up the others',
  'Suchen im Internet ist Thema von notes.md; fasse sie zusammen',
  'Das Internet der Dinge: schreibe einen Aufsatz',
  'Recherche documentaire : résume rapport.md',
  'Search my notes for the word online',
])('when the request is %j then it needs no tool that is off', (request) => {
  expect(neededFor(request)).toEqual([]);
});

test.each<[string, string, Pick<ToolDescription, 'description' | 'effect'>]>([
  ['email ada@example.com the total', 'gmail', { description: 'Sends mail by Gmail.', effect: 'once' }],
  ['Send ada@example.com the total', 'notify_person', { description: 'Tells somebody something.', effect: 'once' }],
  ['Research the web for gold prices', 'mcp:brave:search', { description: 'Finds pages.', effect: 'read' }],
])('when the request is %j and %s is ready then nobody is asked', (request, id, { description, effect }) => {
  const own = { id, description, effect, inputSchema: {} };
  expect(toolsNeeded(off, { ready: [...ready, own], request })).toEqual([]);
});

test('when a ready tool only reads then it does not stand in for one that sends', () => {
  const own = { id: 'inbox', description: 'Reads the mail.', effect: 'read', inputSchema: {} } as const;
  const needed = toolsNeeded(off, { ready: [...ready, own], request: 'email ada@example.com the total' });
  expect(needed.map(({ id }) => id)).toEqual(['send_email_tool']);
});

test('when a request is one very long word then it is looked at all the same', () => {
  for (const letter of ['a', 'a.', 'a/', 'a@', 'a-', '"', "'", 'to ']) {
    expect(neededFor(`Send it to ${letter.repeat(20_000)}`)).toEqual([]);
  }
});
