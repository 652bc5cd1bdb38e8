import { readNamedValue } from '../../documents/named-value.js';
import { PortiaError } from '../../domain/errors.js';

/** What a person asks for in a comment. */
export type CommentCommand =
  | { kind: 'plan' }
  | { kind: 'approve' }
  | { kind: 'resume' }
  | { kind: 'answer'; selector: string; isJson: boolean; text: string };

/** As they are written, for messages. */
export const COMMENT_COMMANDS = ['/portia plan', '/portia approve', '/portia answer NAME=VALUE', '/portia resume'];

/**
 * The command with which a comment begins; undefined when it does not begin with `/portia`: a quote, a block of code and
 * a later line do not count. All that follows `NAME=` is the value, also on further lines. Throws a PortiaError `usage`.
 */
export function readCommand(body: string): CommentCommand | undefined {
  const [, given] = /^\/portia(?![^\s])([\s\S]*)$/.exec(body.replaceAll('\r\n', '\n')) ?? [];
  if (given === undefined) return undefined;
  const [, word = '', rest = ''] = /^[ \t]*(\S*)[ \t]*([\s\S]*)$/.exec(given) ?? [];
  if (word === 'answer') return readAnswer(rest);
  const known = (['plan', 'approve', 'resume'] as const).find((kind) => kind === word);
  if (known !== undefined && rest.trim() === '') return { kind: known };
  throw new PortiaError('usage', 'The comment is not a command of portia.', {
    why: 'A command is all of a comment.',
    fix: COMMENT_COMMANDS.join('\n'),
  });
}

function readAnswer(text: string): CommentCommand {
  const named = readNamedValue(text.trimEnd());
  if (named === undefined || /\s/.test(named.name)) {
    throw new PortiaError('usage', 'The comment names no question and value.', {
      why: 'An answer is the name of a question, = and the value.',
      fix: '/portia answer NAME=VALUE\n/portia answer NAME:=JSON',
    });
  }
  if (named.isFile) {
    throw new PortiaError('usage', 'A comment cannot name a file.', {
      why: 'It would be a file of the machine that runs the workflow.',
      fix: `/portia answer ${named.name}:="@…"   # a text that begins with @`,
    });
  }
  return { kind: 'answer', selector: named.name, isJson: named.isJson, text: named.text };
}
