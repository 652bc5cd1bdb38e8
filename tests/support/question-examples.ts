import { clarificationSchema } from '../../src/domain/run/clarification-schema.js';
import type { Clarification } from '../../src/domain/run/clarification.js';

let made = 0;

/** A clarification with everything that a test does not care about filled in; ids count up. */
export function question(fields: Record<string, unknown>): Clarification {
  made += 1;
  const digits = made.toString(16).padStart(12, '0');
  return clarificationSchema.parse({
    id: `clar-019a0000-0000-7000-8000-${digits}`,
    user_guidance: 'Please answer.',
    ...('argument_name' in fields || 'name' in fields ? {} : defaultsOf(fields['category'])),
    ...fields,
  });
}

function defaultsOf(category: unknown): Record<string, unknown> {
  switch (category) {
    case 'Input':
    case 'Multiple Choice':
    case 'Value Confirmation':
      return { argument_name: 'filename' };
    case 'Custom':
      return { name: 'custom' };
    case 'Action':
      return { action_url: 'https://example.com/login' };
    default:
      return {};
  }
}
