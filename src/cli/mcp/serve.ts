import { ProjectServer } from '../../server/mcp/mcp-server.js';
import { ownSecret, secretOfVariable } from '../../app/own-secret.js';
import { exitCodeOfSignal, EXIT } from '../session/exit-codes.js';
import { commandSpeller } from '../session/spell-commands.js';
import { whoAnswers, type Session } from '../session/session.js';
import type { ServeOptions } from './serve-flags.js';
import { servedPlans } from './served-plans.js';

const TOKEN_VARIABLE = 'PORTIA_MCP_TOKEN';

/** Offers the plans and runs of the project to agents, until standard input ends or a signal comes. */
export async function serve(session: Session<ServeOptions>): Promise<number> {
  const project = new ProjectServer(await servingOf(session));
  const stopping = new AbortController();
  let stoppedBy: string | undefined;
  const release = session.io.onStop((signal) => {
    stoppedBy = signal;
    stopping.abort();
  });
  try {
    if (session.options.http === undefined) await overStdio(session, project, stopping.signal);
    else await overHttp(session, project, { port: session.options.http, signal: stopping.signal });
  } finally {
    release();
  }
  return stoppedBy === undefined ? EXIT.complete : exitCodeOfSignal(stoppedBy);
}

async function servingOf(session: Session<ServeOptions>) {
  const { services, options, io } = session;
  return {
    services,
    // Whoever answers on the command line may be anywhere.
    spell: commandSpeller({ ...options, dir: services.cwd }),
    version: io.version,
    by: whoAnswers(session),
    endUser: options.endUser,
    plans: await servedPlans(session),
    stateKey: () => ownSecret('mcp-state-key', io.environment).value,
    warn: session.warn,
  };
}

async function overStdio(session: Session<ServeOptions>, project: ProjectServer, signal: AbortSignal): Promise<void> {
  const { serveOverStdio } = await import('../../server/mcp/serve-stdio.js');
  const { streams } = session.io;
  if (streams.in.isTerminal) {
    await session.note('An agent starts this command itself, and speaks MCP on standard input. Ctrl-C ends it.\n');
  }
  await serveOverStdio(project, { input: streams.in.open(), output: streams.out, signal });
}

async function overHttp(
  session: Session<ServeOptions>,
  project: ProjectServer,
  { port, signal }: { port: number; signal: AbortSignal },
): Promise<void> {
  const { serveOverHttp } = await import('../../server/mcp/serve-http.js');
  const { environment } = session.io;
  const token = secretOfVariable(TOKEN_VARIABLE, environment) ?? ownSecret('mcp-token', environment);
  await serveOverHttp(project, {
    port,
    token: token.value,
    signal,
    onListening: async (url) => session.note(`Listening on ${url}. The token is in ${token.path}.\n`),
  });
}
