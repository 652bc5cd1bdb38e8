import { describe, expect, test } from 'vitest';

import type { ModelTool } from '../../../src/models/model.js';
import { readCalls } from '../../../src/models/reply/read-calls.js';
import { divideThoughts } from '../../../src/models/reply/thoughts.js';

const TOOLS: ModelTool[] = [
  {
    name: 'look_up',
    description: 'Looks something up.',
    parameters: {
      type: 'object',
      properties: { text: { type: 'string' }, most: { type: 'integer' }, deep: { type: 'boolean' } },
    },
  },
  { name: 'final_result', description: 'Ends the work.', parameters: { type: 'object', properties: {} } },
];

const CODE = '```';
const CALL = '{"name": "look_up", "arguments": {"text": "x"}}';
const MEANT = { name: 'look_up', args: { text: 'x' } };

/** What the text of a reply is read as. */
async function read(written: string, tools = TOOLS) {
  const { answer, calls: channels } = divideThoughts(written);
  const turn = await readCalls({ text: answer, toolCalls: [], channels }, tools);
  if (turn.kind === 'mistake') return turn.why;
  const calls = turn.toolCalls.map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) as unknown }));
  return calls.length === 0 ? { text: turn.text } : { text: turn.text, calls };
}

const forms: [string, string][] = [
  ['tags', `<tool_call>\n${CALL}\n</tool_call>`],
  ['tags with no end', `<tool_call>\n${CALL}`],
  ['tags with arguments as text', '<tool_call>{"name": "look_up", "arguments": "{\\"text\\": \\"x\\"}"}</tool_call>'],
  ['tags with broken JSON', `<tool_call>{'name': 'look_up', 'arguments': {'text': 'x',}}</tool_call>`],
  ['tags with a bracket too many', `<tool_call>${CALL}}</tool_call>`],
  ['tags around a code block', `<tool_call>\n${CODE}json\n${CALL}\n${CODE}\n</tool_call>`],
  ['tags of another name', `<function_call> ${CALL} </function_call>`],
  ['a list in tags', `<tool_calls>[${CALL}]</tool_calls>`],
  ['tags in tags', `<tool_calls><tool_call>${CALL}</tool_call></tool_calls>`],
  ['a token', `<|tool_call|>[${CALL}]`],
  ['tokens around it', `<|tool_call|>${CALL}<|/tool_call|>`],
  ['a list behind [TOOL_CALLS]', `[TOOL_CALLS][${CALL}]`],
  ['a name behind [TOOL_CALLS]', '[TOOL_CALLS]look_up[ARGS]{"text": "x"}'],
  ['a bare name behind [TOOL_CALLS]', '[TOOL_CALLS]look_up{"text": "x"}'],
  [
    'a section of calls',
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.look_up:0<|tool_call_argument_begin|>{"text": "x"}<|tool_call_end|><|tool_calls_section_end|>',
  ],
  [
    'wide tokens with a code block',
    `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>look_up\n${CODE}json\n{"text": "x"}\n${CODE}<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
  ],
  [
    'wide tokens',
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>look_up<｜tool▁sep｜>{"text": "x"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  ],
  ['a function as a tag', '<function=look_up>{"text": "x"}</function>'],
  [
    'parameters as tags',
    '<tool_call>\n<function=look_up>\n<parameter=text>\nx\n</parameter>\n</function>\n</tool_call>',
  ],
  ['keys and values as tags', '<tool_call>look_up\n<arg_key>text</arg_key>\n<arg_value>x</arg_value>\n</tool_call>'],
  [
    'an invocation',
    '<minimax:tool_call>\n<invoke name="look_up">\n<parameter name="text">x</parameter>\n</invoke>\n</minimax:tool_call>',
  ],
  ['an invocation alone', '<function_calls><invoke name="look_up"><parameter name="text">x</parameter></invoke>'],
  ['a python tag with JSON', `<|python_tag|>${CALL.replace('arguments', 'parameters')}`],
  ['a python tag with a call', '<|python_tag|>look_up(text="x")'],
  ['an action', '<|START_ACTION|>[{"tool_name": "look_up", "parameters": {"text": "x"}}]<|END_ACTION|>'],
  ['a code block', `${CODE}json\n${CALL}\n${CODE}`],
  ['a code block with another language', `${CODE}tool_call\n${CALL}\n${CODE}`],
  ['JSON', CALL],
  ['JSON with parameters', CALL.replace('arguments', 'parameters')],
  ['JSON of the protocol', `{"tool_calls": [{"id": "a", "type": "function", "function": ${CALL}}]}`],
  ['JSON of the old protocol', `{"function_call": ${CALL}}`],
  ['JSON in other words', '{"tool": "look_up", "args": {"text": "x"}}'],
  ['JSON as an action', '{"action": "look_up", "action_input": {"text": "x"}}'],
  ['a list', `[${CALL}]`],
  ['a name with a number', 'functions.look_up:0 {"text": "x"}'],
  ['a name with a colon', 'default_api:look_up{"text": "x"}'],
  ['a function of python', 'default_api.look_up(text="x")'],
  ['a printed function', `print(default_api.look_up(text='x'))`],
  ['tool code', `${CODE}tool_code\nprint(default_api.look_up(text='x'))\n${CODE}`],
  ['a function with JSON', 'functions.look_up({"text": "x"})'],
  ['a list of functions', "[look_up(text='x')]"],
  ['a channel', '<|channel|>commentary to=functions.look_up <|constrain|>json<|message|>{"text": "x"}<|call|>'],
  [
    'a channel behind thoughts',
    '<|channel|>analysis<|message|>Look?<|end|><|start|>assistant<|channel|>commentary to=functions.look_up<|message|>{"text": "x"}<|call|>',
  ],
  [
    'a channel with the function before it',
    '<|start|>assistant to=functions.look_up<|channel|>commentary json<|message|>{"text": "x"}<|call|>',
  ],
  ['a channel without marks', 'analysisLook?assistantcommentary to=functions.look_up json{"text": "x"}'],
  ['tags and the token of an end', `<tool_call>${CALL}</tool_call><|im_end|>`],
  ['a python tag and the token of an end', `<|python_tag|>${CALL}<|eom_id|>\n`],
  ['a request of LM Studio', `[TOOL_REQUEST]${CALL}[END_TOOL_REQUEST]`],
  ['tokens of Gemma', '<|tool_call>call:look_up{text:<|"|>x<|"|>}<tool_call|>'],
  ['tags of FunctionGemma', '<start_function_call>call:look_up{text:<escape>x<escape>}<end_function_call>'],
  ['tools as a tag', `<tools>\n${CALL}\n</tools>`],
  ['a tag of Grok', '<xai:function_call name="look_up"><parameter name="text">x</parameter></xai:function_call>'],
  [
    'tags of DeepSeek',
    '<｜DSML｜function_calls>\n<｜DSML｜invoke name="look_up">\n<｜DSML｜parameter name="text" string="true">x</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
  ],
  [
    'tags of Step in wide tokens',
    '<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="look_up"><steptml:parameter name="text">x</steptml:parameter></steptml:invoke><｜tool_call_end｜><｜tool_calls_end｜>',
  ],
  ['a tag of LongCat', `<longcat_tool_call>${CALL}</longcat_tool_call>`],
  ['tokens of LFM', '<|tool_call_start|>[look_up(text="x")]<|tool_call_end|>'],
  ['a tag of Nemotron', `<TOOLCALL>[${CALL}]</TOOLCALL>`],
  [
    'a name and arguments as tags',
    '<tool_use>\n<name>look_up</name>\n<arguments>{"text": "x"}</arguments>\n</tool_use>',
  ],
  ['a tool and its input as tags', '<tool>look_up</tool>\n<tool_input>{"text": "x"}</tool_input>'],
  ['a tag with a name', '<tool_call name="look_up">{"text": "x"}</tool_call>'],
  ['a plugin', `<|action_start|><|plugin|>${CALL}<|action_end|>`],
  ['lines with marks', '✿FUNCTION✿: look_up\n✿ARGS✿: {"text": "x"}'],
  ['tokens of Doubao', `<|FunctionCallBegin|>[${CALL}]<|FunctionCallEnd|>`],
  ['a tag that is the function', '<look_up>\n<text>x</text>\n</look_up>'],
  ['an action of JSON', `Action: ${CODE}json\n[{"tool_name": "look_up", "parameters": {"text": "x"}}]\n${CODE}`],
  ['thoughts before it', `<think>Look?</think>\n<tool_call>${CALL}</tool_call>`],
];

describe('when a model writes a call as text', () => {
  test.each(forms)('in the form of %s then it is a call', async (_form, written) => {
    expect(await read(written)).toEqual({ text: '', calls: [MEANT] });
  });

  const beside: [string, string][] = [
    ['tags', `I look. <tool_call>${CALL}</tool_call>`],
    ['a code block', `I look.\n${CODE}json\n${CALL}\n${CODE}`],
    ['JSON', `I look. ${CALL}`],
    ['[TOOL_CALLS]', `I look.[TOOL_CALLS][${CALL}]`],
    ['a function as a tag', 'I look.\n<function=look_up>{"text": "x"}</function>'],
  ];
  test.each(beside)('as %s with words before it then both are kept apart', async (_form, written) => {
    expect(await read(written)).toEqual({ text: 'I look.', calls: [MEANT] });
  });

  test('as a tag with more in it than values then it is not a call', async () => {
    const text = '<look_up><text>a <b></text></look_up>';
    expect(await read(text)).toEqual({ text });
  });

  test('as the end of a sentence then it is a call all the same', async () => {
    expect(await read(`Now I look <tool_call> ${CALL} </tool_call>`)).toEqual({ text: 'Now I look', calls: [MEANT] });
  });

  test('that thinks aloud then its last action is the call', async () => {
    const written = 'Thought: I look.\nAction: look_up\nAction Input: {"text": "x"}';
    expect(await read(written)).toEqual({ text: '', calls: [MEANT] });
  });

  const other = { name: 'final_result', args: { result: 1 } };
  test.each([
    [
      'tags',
      `<tool_call>${CALL}</tool_call>\n<tool_call>{"name": "final_result", "arguments": {"result": 1}}</tool_call>`,
    ],
    ['one tag', `<tool_call>${CALL}\n{"name": "final_result", "arguments": {"result": 1}}</tool_call>`],
    ['names', 'functions.look_up:0 {"text": "x"}\nfunctions.final_result:1 {"result": 1}'],
    ['functions', `[look_up(text="x"), final_result(result=1)]`],
    ['lines of python', 'default_api.look_up(text="x")\ndefault_api.final_result(result=1)'],
    ['tags of functions', '<function=look_up>{"text":"x"}</function><function=final_result>{"result":1}</function>'],
  ])('and another in %s then there are two', async (_form, written) => {
    expect(await read(written)).toEqual({ text: '', calls: [MEANT, other] });
  });

  test('with values one by one then they are what the function takes', async () => {
    const parameters = ['text', 'most', 'deep'].map(
      (name, at) => `<parameter=${name}>${['12', '3', 'true'][at]}</parameter>`,
    );
    expect(await read(`<function=look_up>${parameters.join('\n')}</function>`)).toMatchObject({
      calls: [{ args: { text: '12', most: 3, deep: true } }],
    });
  });

  test('in Python then its values are read as those of Python', async () => {
    expect(await read(`look_up(text='it\\'s (a, b)', most=3, deep=True)`)).toMatchObject({
      calls: [{ args: { text: "it's (a, b)", most: 3, deep: true } }],
    });
  });

  test.each([
    ['tags', '<tool_call>{"name": "rm.all", "arguments": {"text": "x"}}</tool_call>'],
    ['JSON', '{"name": "rm.all", "arguments": {"text": "x"}}'],
    ['a name with a number', 'functions.rm.all:0 {"text": "x"}'],
    ['a channel', '<|channel|>commentary to=functions.rm.all<|message|>{"text": "x"}<|call|>'],
  ])('of a function that is not offered, as %s, then it stays a call', async (_form, written) => {
    expect(await read(written)).toEqual({ text: '', calls: [{ name: 'rm_all', args: { text: 'x' } }] });
  });

  test.each([
    ['is cut off', '<tool_call>{"name": "look_up", "arguments": {"te'],
    ['says nothing', 'I look. <tool_call></tool_call>'],
    ['is one of two that cannot be read', `<tool_call>${CALL}</tool_call><tool_call>{"name": "lo</tool_call>`],
    ['is not a call', '<tool_call>look it up</tool_call>'],
    ['names no function', '[TOOL_CALLS][{"text": "x"}]'],
  ])('and it %s then that is a mistake', async (_what, written) => {
    expect(await read(written)).toBe('It has a call in its text that cannot be read.');
  });

  test.each([`<tool_call>${CALL}</tool_call>`, `[TOOL_CALLS][${CALL}]`, 'functions.look_up:0 {"text": "x"}'])(
    'and nothing is offered, as %s, then that is a mistake',
    async (written) => {
      expect(await read(written, [])).toBe('It calls a function, and none is offered.');
    },
  );
});

describe('when a text is an answer', () => {
  const answers: [string, string][] = [
    ['words', 'It is x.'],
    ['words about tags', 'Models write `<tool_call>` before a call.'],
    ['words about tags without quotes', 'Models write <tool_call> and </tool_call> around calls.'],
    ['an example in code', `So:\n${CODE}\n<tool_call>${CALL}</tool_call>\n${CODE}\nThat is all.`],
    ['JSON', '{"name": "Ada", "age": 36}'],
    ['JSON with a name', '{"name": "Ada"}'],
    ['a list of words', '["look_up", "x"]'],
    ['a list of names', '[{"name": "Ada"}, {"name": "Bob"}]'],
    ['JSON behind a word', 'Result: {"rows": 3}'],
    ['a function that is not offered', 'max(a=1, b=2)'],
    ['a call with words behind it', `${CALL} would call it.`],
    ['a formula', 'f(x) = 3'],
  ];
  test.each(answers)('of %s then it stays as it is', async (_what, written) => {
    expect(await read(written)).toEqual({ text: written });
    expect(await read(written, [])).toEqual({ text: written });
  });

  test('about calls, and nothing is offered, then it stays as it is', async () => {
    const written = `This is a call:\n<tool_call>${CALL}</tool_call>\nThat is all.`;
    expect(await read(written, [])).toEqual({ text: written });
  });

  test('with a draft of a call in its thoughts then nothing is called', async () => {
    expect(await read(`<think><tool_call>${CALL}</tool_call></think>It is x.`)).toEqual({ text: 'It is x.' });
  });

  test.each([
    '<tool_call>',
    '{"name":',
    'functions.a:0 ',
    'a(',
    '[TOOL_CALLS] ',
    '{ ',
    'a ',
    '```',
    '<function=',
    '<function=a><parameter=a>',
    '<parameter=a>',
    '<arg_key>a</arg_key>',
    '\n',
  ])('of nothing but %j then it is read in one pass', async (piece) => {
    const written = piece.repeat(300_000 / piece.length);
    expect(typeof (await read(written))).toMatch(/object|string/);
  });
});

describe('when a server gives a call', () => {
  const given = async (name: string, args: string) => {
    const toolCalls = [{ id: 'a', name, arguments: args }];
    const turn = await readCalls({ text: '', toolCalls, channels: [] }, TOOLS);
    return turn.kind === 'turn' ? turn.toolCalls[0] : undefined;
  };

  test.each([
    'look_up',
    'functions.look_up',
    'functions.look_up:0',
    'default_api:look_up',
    'default_api.look_up',
    'tools/look_up',
    'look_up<|channel|>commentary',
    'look_up()',
    '"look_up"',
    ' look_up\n',
    'look.up',
    'look-up',
    'Look_Up',
  ])('by the name %j then the function that is meant is called', async (name) => {
    expect(await given(name, '{}')).toEqual({ id: 'a', name: 'look_up', arguments: '{}' });
  });

  test.each(['look', 'look_up_all', 'lookup', 'functions.', ''])('by the name %j then none is meant', async (name) => {
    expect((await given(name, '{}'))?.name).not.toBe('look_up');
  });

  const TEXT = '{"text":"x"}';
  test.each([
    ['once', TEXT],
    ['twice', JSON.stringify(TEXT)],
    ['three times', JSON.stringify(JSON.stringify(TEXT))],
    ['as a dict', "{'text': 'x'}"],
    ['as a dict twice', JSON.stringify("{'text': 'x'}")],
    ['in a code block', `${CODE}json\n${TEXT}\n${CODE}`],
    ['in a code block of one line', `${CODE}json ${TEXT} ${CODE}`],
    ['with a comma too many', '{"text":"x",}'],
    ['with comments', '{/* what */ "text":"x" // that\n}'],
    ['without quotes around names', '{text:"x"}'],
    ['with rubbish behind them', `${TEXT}</function>`],
    ['with white space', `{\n\t"text":"x"}`],
    ['with words before them', `Arguments: ${TEXT}`],
  ])('with arguments written %s then they are read', async (_how, args) => {
    expect(JSON.parse((await given('look_up', args))?.arguments ?? '')).toEqual({ text: 'x' });
  });

  test('with values of Python then they are those of JSON', async () => {
    const written = `{'text': None, 'most': 3, 'deep': True, 'also': "it's", 'list': ['a', {'b': False}]}`;
    expect(JSON.parse((await given('look_up', written))?.arguments ?? '')).toEqual({
      text: null,
      most: 3,
      deep: true,
      also: "it's",
      list: ['a', { b: false }],
    });
  });

  test.each(['', ' ', 'null', 'None', '""'])('with %j as arguments then there are none', async (args) => {
    expect((await given('look_up', args))?.arguments).toBe('{}');
  });

  test.each(['{"text":"x', "{'text': ['x', ", `${TEXT}{"text":"y"}`, '[1]', '7', 'x', '{"__proto__":{"a":1,}}'])(
    'with %s as arguments then nothing is made up',
    async (args) => {
      expect((await given('look_up', args))?.arguments).toBe(args);
    },
  );

  test('with a number of many digits then its digits are kept', async () => {
    const args = '{"text": 12345678901234567890}';
    expect((await given('look_up', args))?.arguments).toBe(args);
    expect((await given('look_up', JSON.stringify(args)))?.arguments).toBe(args);
  });
});
