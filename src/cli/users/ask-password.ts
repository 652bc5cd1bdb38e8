import { PortiaError } from '../../domain/errors.js';
import { capitalised } from '../../domain/values/capitalised.js';
import { portia } from '../../domain/next-step.js';
import type { PasswordRules } from '../../server/users/password-rules.js';
import type { Session } from '../session/session.js';
import { signalOfPrompt } from '../session/stopping.js';
import { sameFile, type UserOptions } from './users-flags.js';

/** The password of --password-file, else one that is typed twice. Rejects for one that is easy to guess. */
export async function newPassword(session: Session<UserOptions>, name: string): Promise<string> {
  const { passwordFile: file } = session.options;
  if (file === undefined) return askTwice(session, name);
  const judge = await loadRules();
  const password = (await session.readText(file)).replace(/\r?\n$/, '');
  const { problem } = judge(password, name);
  if (problem === undefined) return password;
  throw new PortiaError('invalid-input', `The password ${problem}.`, {
    why: 'Whoever guesses it answers as this person.',
    fix: 'Take a few words that do not belong together: at least 12 characters, any of them.',
  });
}

async function askTwice(session: Session<UserOptions>, name: string): Promise<string> {
  const { io, look, prompting } = session;
  if (!prompting.yes) {
    throw new PortiaError('missing-input', 'A password is needed, and nobody can be asked for it here.', {
      why: `${capitalised(prompting.because)}.`,
      fix: portia('users', 'add', name, '--password-file', '-', ...sameFile(session.options)),
    });
  }
  const [{ askText }, judge] = await Promise.all([import('../../ui/prompts.js'), loadRules()]);
  const terminal = { streams: io.streams, look };
  const first = await askText(terminal, {
    message: `Password of ${name}`,
    isSecret: true,
    problemOf: (text) => sentence(judge(text, name).problem),
  });
  const password = first.kind === 'answered' ? first.value : undefined;
  const again =
    password === undefined
      ? first
      : await askText(terminal, {
          message: 'The same again',
          isSecret: true,
          problemOf: (text) => (text === password ? undefined : 'This is another one.'),
        });
  if (password !== undefined && again.kind === 'answered') return password;
  throw new PortiaError('interrupted', 'The question was interrupted.', {
    why: 'Nothing was kept.',
    signal: signalOfPrompt(io),
  });
}

/** The passwords that people take most are loaded with them. */
async function loadRules(): Promise<PasswordRules> {
  const { passwordRules } = await import('../../server/users/password-rules.js');
  return passwordRules();
}

function sentence(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `It ${problem}.`;
}
