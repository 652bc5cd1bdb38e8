import { asText, isJsonObject, type Json } from '../../domain/values/json.js';
import { aboutMarks, between, type Marks } from '../../domain/values/marks.js';

/** The prompt for one answer to a task. */
export function llmToolPrompt({ task, data }: { task: string; data?: Json | undefined }, marks: Marks) {
  const hasData = data !== undefined && data !== null;
  return {
    system: hasData ? `${RULES}\n${aboutMarks(marks)}` : RULES,
    text: hasData ? `${task}\n\nTask data:\n${between(marks, writeData(data))}` : task,
  };
}

const RULES =
  'You do one task for a larger plan. Answer with the result only, without greetings or remarks about the task.';

/** Text as it is, lists a line per item, objects a line per key. */
function writeData(data: Json): string {
  if (Array.isArray(data)) return data.map(asText).join('\n');
  if (isJsonObject(data)) {
    return Object.entries(data)
      .map(([key, value]) => `${key}: ${asText(value)}`)
      .join('\n');
  }
  return asText(data);
}
