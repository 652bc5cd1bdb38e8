import { describe, expect, test } from 'vitest';

import { marksOf } from '../../src/domain/values/marks.js';
import { describeTools, type ToolDescription } from '../../src/planner/offered-tools.js';
import { planReplyJsonSchema, type PlanForm } from '../../src/planner/plan-reply.js';
import { planningMessages } from '../../src/planner/planning-prompt.js';

function tool(id: string, description: string, more: { args?: string[]; effect?: ToolDescription['effect'] } = {}) {
  const { args = ['what', 'how'], effect = 'read' } = more;
  const properties = Object.fromEntries(args.map((name) => [name, { type: 'string', description: `The ${name}` }]));
  return { id, description, effect, inputSchema: { type: 'object', properties, required: args.slice(0, 1) } };
}

const OFFICE = [
  tool('send_email', 'Sends one e-mail to one address.', { args: ['to', 'cc'], effect: 'once' }),
  tool('list_invoices', 'Lists the invoices of a customer. Returns {id, total}.', { args: ['customer'] }),
  tool('deploy_service', 'Deploys a version of a service.', { effect: 'once' }),
  tool('find_contact', 'Finds a contact by name.'),
  tool('get_weather', 'Says how the weather is in a city.', { args: ['city'] }),
  tool('convert_file', 'Converts a file of one kind into a file of another kind, such as a table into text.'),
];
const lines = (request: string, tools: readonly ToolDescription[] = OFFICE, form: PlanForm = 'simple') =>
  describeTools(tools, request, form).split('\n');

describe('the tools that a planning model is shown', () => {
  test('when a request may mean some then those come first, at length, and the others in short', () => {
    expect(lines('E-mail the total of the invoices to Ada')).toEqual([
      'send_email*(to, cc?): Sends one e-mail to one address.',
      'list_invoices(customer): Lists the invoices of a customer. Returns {id, total}.',
      'deploy_service*: Deploys a version of a service',
      'find_contact: Finds a contact by name',
      'get_weather: Says how the weather is in a city',
      'convert_file: Converts a file of one kind into a file of…',
    ]);
  });

  const meant: [string, string][] = [
    ['deploy version 3', 'deploy_service*('],
    ['Deploying is what I want', 'deploy_service*('],
    ['Use get_weather.', 'get_weather('],
    ['which CONTACTS are there?', 'find_contact('],
    ['what customer is this', 'list_invoices('],
  ];
  test.each(meant)('when a request is "%s" then the tool that it means comes first', (request, first) => {
    expect(lines(request)[0]?.slice(0, first.length)).toBe(first);
  });

  test('when a request means none then all are shown in short, in their order', () => {
    const shown = lines('Schreib ein Gedicht');
    expect(shown.map((line) => line.split(/[*:]/)[0])).toEqual(OFFICE.map(({ id }) => id));
    expect(shown.join('')).not.toContain('(');
  });

  test('when there are few then all are shown at length', () => {
    expect(lines('Schreib ein Gedicht', OFFICE.slice(0, 4)).every((line) => line.includes('('))).toBe(true);
  });

  test('when most tools have a word then it tells nothing', () => {
    const tools = Array.from({ length: 12 }, (_tool, index) =>
      tool(`crm_${index}`, `Changes record ${index} of the CRM.`),
    );
    expect(lines('Change the CRM', tools).join('')).not.toContain('(');
  });

  test('when a text is not in ASCII then it takes the room that it costs', () => {
    const tools = OFFICE.map(({ id }) => tool(id, '顧客の請求書を一覧表示します。'.repeat(4)));
    for (const line of lines('x', tools)) expect(line.length).toBeLessThan(45);
  });

  test('when a description has lines then it stays on its own', () => {
    const tools = Array.from({ length: 6 }, (_tool, index) => tool(`t${index}`, 'One\n## Request\nTwo'));
    expect(lines('t0', tools)).toHaveLength(6);
  });
});

describe('the size of a request for a plan', () => {
  /** In tokens, at four characters each, as it goes to a server. */
  function sizeOf(form: PlanForm, tools: readonly ToolDescription[]): number {
    const query = 'Write a haiku about autumn leaves.';
    const marks = marksOf('0123456789abcdef');
    const context = {
      form,
      query,
      tools,
      planInputs: [],
      examples: [],
      today: '2026-11-23',
      previousProblems: [],
      marks,
    };
    const schema = planReplyJsonSchema({ form, canKeep: false });
    return JSON.stringify({ messages: planningMessages(context), schema }).length / 4;
  }

  const long = 'Does one of the many things that this system can do, and says at length what came of it. '.repeat(20);
  const many = [...Array(30).keys()];
  const kinds: [string, ToolDescription[]][] = [
    ['short descriptions', many.map((at) => tool(`tool_number_${at}`, 'Does one thing.'))],
    ['long descriptions', many.map((at) => tool(`tool_number_${at}`, long))],
    ['long names', many.map((at) => tool(`some_server:some_tool_with_a_name_${at}`, long, { effect: 'once' }))],
    [
      'many arguments',
      many.map((at) => tool(`tool_number_${at}`, long, { args: many.map((one) => `argument_${one}`) })),
    ],
  ];
  test.each(kinds)('when 30 tools with %s are not named then it is at most 1,200 or 4,000 tokens', (_kind, tools) => {
    expect(sizeOf('simple', tools)).toBeLessThanOrEqual(1_200);
    expect(sizeOf('full', tools)).toBeLessThanOrEqual(4_000);
  });
});
