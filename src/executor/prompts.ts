import { selectorName, type Clarification } from '../domain/run/clarification.js';
import { imagesIn } from '../domain/values/images.js';
import { bareName } from '../domain/values/names.js';
import { asText, type Json } from '../domain/values/json.js';
import { aboutMarks, between, type Marks } from '../domain/values/marks.js';
import type { ModelMessage } from '../models/model.js';

/** A named value that a step hands to a model. */
export interface StepInput {
  name: string;
  description: string;
  value: Json;
  /** What the model is shown of it: names of files, addresses, and data URLs. */
  images?: readonly string[] | undefined;
}

/** What a model is told and shown. */
export interface Prompt {
  system: string;
  user: string;
  images?: readonly string[] | undefined;
}

/** Longest value that is shown to an agent; longer ones are named, and passed whole to its tool by reference. */
export const MAX_PASTED = 10_000;

interface AgentWork {
  /** What surrounds the data of this request. */
  marks: Marks;
  task: string;
  inputs: StepInput[];
  /** What the user has answered before the step begins. */
  answers: Clarification[];
  today: string;
  endUserId: string;
}

/** The prompt for the model of an agent's step, made from what the run knows. */
export function agentMessages(work: AgentWork & { toolId: string }): Prompt {
  const system = [
    `You do one step of a plan by calling the function for the tool ${work.toolId}.`,
    'Take every argument from the task and the data below. Never invent a value and never use a placeholder:',
    'when a required argument cannot be found, call ask_user for it instead.',
    'Call the function again for each item when the task needs several calls.',
    'To pass an input whole, give {{$name}} with the name of the input as the argument.',
    aboutMarks(work.marks),
  ].join('\n');
  return { system, user: agentWork(work), images: imagesOf(work.inputs) };
}

/** The prompt for the model of a react step, before its first call. */
export function reactMessages(work: AgentWork & { mayAsk: boolean; finalFunction: string }): Prompt {
  const system = [
    'You do one step of a plan by calling functions: as many as the task needs, one after the other or several at once.',
    'Look at each result before you decide what is next. When a call fails, correct it or find another way.',
    'Take every argument from the task, the data and the results. Never invent a value and never use a placeholder:',
    work.mayAsk
      ? 'when you need a value that cannot be found, call ask_user for it instead.'
      : 'nobody can be asked, so when you need a value that cannot be found, say so in your answer.',
    'To pass an input or a result whole, give {{$name}} with its name as the argument.',
    `When the task is done, or cannot be done, call ${work.finalFunction} with the answer, and nothing beside it.`,
    aboutMarks(work.marks),
  ].join('\n');
  return { system, user: agentWork(work), images: imagesOf(work.inputs) };
}

function agentWork(work: AgentWork): string {
  return [
    `Task: ${work.task}`,
    ...inputBlock(work.inputs, work.marks, MAX_PASTED),
    ...answerBlock(work.answers, work.marks),
    `Today is ${work.today}. The end user is ${work.endUserId}.`,
  ].join('\n\n');
}

/** The prompt for the model of an llm step. */
export function llmMessages(
  work: Pick<AgentWork, 'marks' | 'task' | 'inputs' | 'answers' | 'today'> & { system?: string | undefined },
): Prompt {
  const system =
    work.system ??
    [
      'You do one step of a plan. Answer the task from the data given, and with nothing but the answer.',
      aboutMarks(work.marks),
    ].join('\n');
  const user = [
    `Task: ${work.task}`,
    ...inputBlock(work.inputs, work.marks),
    ...answerBlock(work.answers, work.marks),
    `Today is ${work.today}.`,
  ].join('\n\n');
  return { system, user, images: imagesOf(work.inputs) };
}

/** The prompt for the introspection model about a condition in words. */
export function conditionMessages(
  work: Pick<AgentWork, 'marks' | 'task' | 'today'> & { condition: string; values: StepInput[] },
): Prompt {
  const system = [
    'You judge whether one step of a plan should be done. Reply with JSON: {"outcome": …, "reason": one sentence}.',
    'outcome is "continue" when the condition holds, "skip" when it does not, or cannot be judged because data is missing,',
    'and "complete" only when it does not hold and nothing of the plan that is left can make sense without this step.',
    aboutMarks(work.marks),
  ].join('\n');
  const user = [
    `Condition: ${work.condition}`,
    `The step: ${work.task}`,
    ...inputBlock(work.values, work.marks),
    `Today is ${work.today}.`,
  ].join('\n\n');
  return { system, user };
}

/** A prompt as the messages of a request. */
export function toMessages({ system, user, images = [] }: Prompt): ModelMessage[] {
  return [
    { role: 'system', text: system },
    { role: 'user', text: user, ...(images.length > 0 && { images }) },
  ];
}

function imagesOf(inputs: readonly StepInput[]): string[] {
  return inputs.flatMap(({ images = [] }) => images);
}

/** The result of a tool call, as the model of an agent is shown it. */
export function resultBlock(result: StepInput, marks: Marks, longest = MAX_PASTED): string {
  return valueBlock('Result', result, { marks, longest });
}

/** Without a tool nothing can be passed by reference: a model that answers or judges sees every value whole. */
function inputBlock(inputs: StepInput[], marks: Marks, longest = Infinity): string[] {
  return inputs.map((input) => valueBlock('Input', input, { marks, longest }));
}

function valueBlock(
  what: 'Input' | 'Result',
  { name, description, value, images = [] }: StepInput,
  { marks, longest }: { marks: Marks; longest: number },
): string {
  const text = asText(imagesIn(value).shown);
  const notes = [description, images.length === 0 ? '' : 'shown as an image'].filter((note) => note !== '');
  const about = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  const pasted =
    text.length <= longest
      ? text
      : `${text.slice(0, longest)}\n[${text.length - longest} more characters; pass it whole with {{$${bareName(name)}}}]`;
  return `${what} $${bareName(name)}${about}:\n${between(marks, pasted)}`;
}

function answerBlock(answers: Clarification[], marks: Marks): string[] {
  if (answers.length === 0) return [];
  const said = answers.map(
    (answer) => `${selectorName(answer)} = ${answerText(answer)} (asked: ${answer.user_guidance})`,
  );
  return [`The user has answered already:\n${between(marks, said.join('\n'))}`];
}

/** What a person answered in this step, for the model that asked. */
export function answerText(answer: Clarification): string {
  const isConfirmed = answer.category === 'Value Confirmation' && answer.response === true;
  return asText(isConfirmed ? (answer.value ?? true) : answer.response);
}
