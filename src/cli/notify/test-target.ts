import { PortiaError } from '../../domain/errors.js';
import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { NotSent } from '../../notices/notice-port.js';
import { testMessage } from '../../notices/test-message.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';
import { Stopping } from '../session/stopping.js';

/** Sends a notice that says that it is a test. */
export async function testTarget(session: Session, [name]: readonly string[]): Promise<number> {
  const { services } = session;
  const notifier = await services.notifier();
  const target = notifier?.targets.get(name ?? '');
  if (notifier === undefined || name === undefined || target === undefined) {
    throw noTarget(name, [...services.settings.notify.keys()]);
  }
  const stopping = new Stopping(session.io);
  try {
    const message = testMessage(name, services.newId('clar'), services.now().toISOString());
    await stopping.guard(async (signal) => notifier.senderOf(target).send(message, signal));
  } catch (error) {
    if (error instanceof NotSent) throw notSent(name, services.redactor().text(error.message));
    throw error;
  } finally {
    stopping.release();
  }
  await session.print({ record: { target: name, sent: true }, human: () => `${name} received the test.\n` });
  return EXIT.complete;
}

function noTarget(name: string | undefined, known: readonly string[]): PortiaError {
  const near = name === undefined ? undefined : nearestName(name, known);
  const add = '"notify": {"team": {"to": "slack:SLACK_WEBHOOK"}} in your own settings, or in portia.json';
  return new PortiaError(
    name === undefined ? 'usage' : 'not-found',
    name === undefined ? 'portia notify test needs a target.' : `There is no target ${JSON.stringify(name)}.`,
    {
      why: known.length === 0 ? 'The settings name nobody who is told.' : `The targets are ${known.join(', ')}.`,
      fix:
        known.length === 0
          ? add
          : near === undefined
            ? portiaTyped('notify', 'test TARGET')
            : portia('notify', 'test', near),
    },
  );
}

function notSent(name: string, why: string): PortiaError {
  return new PortiaError('unavailable', `${name} did not receive the test.`, {
    why: `${why}.`,
    fix: advice`Correct it, and try it again: ${portia('notify', 'test', name)}`,
    retryable: true,
  });
}
