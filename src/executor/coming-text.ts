import type { TextPiece } from '../models/model.js';
import type { StepContext, ToldText } from './run-context.js';

/** Tells the pieces of one reply to whoever wants to know; undefined when nobody does. */
export function tellComing(
  { onText, recorder, services, path }: StepContext,
  { key, isJson }: Pick<ToldText, 'key' | 'isJson'>,
): ((piece: TextPiece) => void) | undefined {
  if (onText === undefined) return undefined;
  const runId = recorder.run.id;
  let at = 0;
  let rest = '';
  return (piece) => {
    if (piece.at === 0) {
      at = 0;
      rest = '';
    }
    const beginning = services.redactBeginning(rest + piece.text, at === 0);
    ({ rest } = beginning);
    const { text } = beginning;
    if (text === '') return;
    onText({ runId, path, key, isJson, at, text });
    at += text.length;
  };
}
