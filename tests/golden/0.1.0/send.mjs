import { defineTool } from 'portia';
import * as z from 'zod';
export default defineTool({ id: 'send', name: 'Send', description: 'Sends a text.', effect: 'once', args: z.object({ to: z.string(), text: z.string().default('hello') }), run: async (_context, { to, text }) => `sent ${text} to ${to}` });
