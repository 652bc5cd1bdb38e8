import type { ModelExchange } from '../domain/run/model-exchange.js';
import type { PlanningExchange } from '../domain/run/planning-exchange.js';
import { tokenMark } from '../domain/plan/usage.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { asText, isJsonObject, type Json, type JsonObject } from '../domain/values/json.js';
import { oneLine, printable } from '../domain/values/printable.js';
import type { Look } from './look.js';
import { duration } from './times.js';

type Exchange = ModelExchange | PlanningExchange;

/** What models were sent and what they said, whole, one call after the other. Ends with a newline. */
export function promptsView(exchanges: readonly Exchange[], look: Look): string {
  return exchanges.map((exchange) => `${exchangeLines(exchange, look).join('\n')}\n`).join('\n');
}

function exchangeLines(exchange: Exchange, look: Look): string[] {
  const parts = exchangeParts(exchange);
  return [headLine(exchange, look), ...parts.flatMap(([title, text]) => [look.colour.bold(title), ...indented(text)])];
}

/** What was sent and said, each with what it is: `user`, `reply`. The texts are as they were. */
export function exchangeParts(exchange: Exchange): Part[] {
  const { reasoning, error } = exchange;
  return [
    ...requestParts(exchange),
    ...objectsIn(exchange.repair).flatMap((message) => messageParts(message)),
    ...(reasoning === undefined ? [] : [['thought', reasoning] satisfies Part]),
    ...replyParts(exchange),
    ...(error === null ? [] : [['failed', [error.message, error.why].filter(Boolean).join('\n')] satisfies Part]),
  ];
}

/** Which call it was: `step 3  openai/gpt-4.1 (execution)  1.2 s  10+4 tokens`. */
export function exchangeTitle(exchange: Exchange): string {
  const { model, ms, usage } = exchange;
  const took = ms === null ? 'no end is recorded' : duration(ms);
  const tokens = usage === null ? '' : `${tokenMark(usage)}${usage.input_tokens}+${usage.output_tokens} tokens`;
  const { place, what } = placeAndWork(exchange);
  return [place, oneLine(model), `(${what})`, took, tokens].filter((text) => text !== '').join('  ');
}

function headLine(exchange: Exchange, { colour, symbols }: Look): string {
  const { ms, error } = exchange;
  const mark = error === null ? (ms === null ? symbols.running : symbols.completed) : symbols.failed;
  const { place } = placeAndWork(exchange);
  return `${mark} ${colour.cyan(place)}${exchangeTitle(exchange).slice(place.length)}`;
}

function placeAndWork(exchange: Exchange): { place: string; what: string } {
  if ('attempt' in exchange) return { place: `attempt ${exchange.attempt}`, what: 'planning' };
  const { path, role, purpose, tool_id: toolId } = exchange;
  const what = [role, purpose, toolId && oneLine(toolId)].filter(Boolean).join(', ');
  return { place: `step ${stepNumber(path)}`, what };
}

type Part = [title: string, text: string];

/** Of a plan, all that is kept is in one file. */
const lost = (exchange: Exchange): string =>
  'attempt' in exchange
    ? "It is lost: the plan's file of prompts is damaged."
    : "It is lost: its file in the run's memory is gone or damaged.";

function requestParts(exchange: Exchange): Part[] {
  const { request, request_state: state } = exchange;
  if (state === 'not_kept')
    return [['request', 'It was not kept: it is larger than 1 MB, or record_requests is false.']];
  if (!isJsonObject(request)) return [['request', lost(exchange)]];
  const { messages, tools, responseFormat } = request;
  const functions = objectsIn(tools).map((tool) => asText(tool['name'] ?? ''));
  return [
    ...objectsIn(messages).flatMap((message) => messageParts(message)),
    ...(functions.length === 0 ? [] : [['functions', functions.join(', ')] satisfies Part]),
    ...(responseFormat === undefined ? [] : [['form of the reply', JSON.stringify(responseFormat)] satisfies Part]),
  ];
}

function messageParts({ role, text = '', toolCalls, images }: JsonObject): Part[] {
  const said = asText(text);
  const seen = Array.isArray(images) ? images.map((image) => asText(image)) : [];
  return [
    ...(said === '' ? [] : [[asText(role ?? null), said] satisfies Part]),
    ...callParts(toolCalls),
    ...(seen.length === 0 ? [] : [['images', seen.join('\n')] satisfies Part]),
  ];
}

function replyParts(exchange: Exchange): Part[] {
  const { reply, request_state: state, ms, error } = exchange;
  if ('tool_id' in exchange && state === 'not_kept') return [];
  if (!isJsonObject(reply)) return ms === null || error !== null ? [] : [['reply', lost(exchange)]];
  const text = asText(reply['text'] ?? '');
  return [...(text === '' ? [] : [['reply', text] satisfies Part]), ...callParts(reply['toolCalls'])];
}

function callParts(calls: Json | undefined): Part[] {
  return objectsIn(calls).map((call) => [
    `calls ${oneLine(asText(call['name'] ?? ''))}`,
    asText(call['arguments'] ?? ''),
  ]);
}

function objectsIn(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function indented(text: string): string[] {
  return printable(text)
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}
