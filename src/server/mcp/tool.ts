import type { Tool as Described } from '@modelcontextprotocol/server';
import type * as z from 'zod';

import { PortiaError } from '../../domain/errors.js';
import { problemsOfIssues } from '../../domain/schema-problems.js';
import type { JsonObject } from '../../domain/values/json.js';
import { jsonSchemaOf } from '../../domain/values/zod-json-schema.js';
import type { Call, CallEnd } from './runs.js';

/** A tool that this server offers. */
export interface ServedTool {
  described: Described;
  run(args: JsonObject, call: Call): Promise<CallEnd>;
}

/** A tool of this server, whose arguments are checked before it works. */
export function servedTool<Args extends z.ZodObject>(tool: {
  name: string;
  title: string;
  description: string;
  args: Args;
  annotations?: Described['annotations'];
  outputSchema?: Described['outputSchema'];
  run(args: z.infer<Args>, call: Call): Promise<CallEnd>;
}): ServedTool {
  const { name, title, description, args, annotations, outputSchema, run } = tool;
  return {
    described: {
      name,
      title,
      description,
      inputSchema: { ...jsonSchemaOf(args), type: 'object' },
      ...(annotations && { annotations }),
      ...(outputSchema && { outputSchema }),
    },
    async run(given, call) {
      const read = args.strict().safeParse(given);
      if (read.success) return run(read.data as z.infer<Args>, call);
      throw new PortiaError('usage', `The arguments of ${name} do not fit.`, {
        why: wordsOf(read.error.issues, Object.keys(args.shape)).join('\n'),
        fix: `Call ${name} again with arguments that fit its schema.`,
      });
    },
  };
}

function wordsOf(issues: readonly z.core.$ZodIssue[], names: readonly string[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return [`there is no ${issue.keys.join(', ')}; it takes ${names.join(', ')}`];
    return problemsOfIssues([issue]).map(({ pointer, message }) => {
      const at = pointer.slice(1);
      return message.startsWith(at) ? message : `${at}: ${message}`;
    });
  });
}
