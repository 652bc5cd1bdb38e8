import type { ModelMessage } from '../../models/model.js';

/** The texts and images of one request to a model. */
export interface Prompt {
  system: string;
  user: string;
  images?: readonly string[] | undefined;
}

/** A prompt as the messages of a request. */
export function toMessages({ system, user, images = [] }: Prompt): ModelMessage[] {
  return [
    { role: 'system', text: system },
    { role: 'user', text: user, ...(images.length > 0 && { images }) },
  ];
}
