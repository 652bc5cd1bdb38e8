import type { Environment } from '../../domain/environment.js';
import type { OutputStream, Streams } from '../../ui/streams.js';
import type { Invocation } from '../session/command.js';
import { createSession, type Session } from '../session/session.js';
import type { CiDriveOptions, CiOptions } from './options.js';

export type CiSession = Session<CiDriveOptions>;

/**
 * A session whose log cannot command the runner. Of a fork's pull request it has neither trust nor secrets. `by` is the
 * login of the member who acts; nobody else can be named.
 */
export async function openCiSession(
  invocation: Invocation<CiOptions>,
  { isFork, by }: { isFork: boolean; by?: string | undefined },
): Promise<CiSession> {
  const { io, options } = invocation;
  const environment = isFork ? withoutSecrets(io.environment) : io.environment;
  const calm = { ...io, environment, streams: withoutCommands(io.streams) };
  const ofOthers = { by, detachOnClarification: undefined, inspectTools: undefined, stream: undefined };
  const given = { ...options, ...ofOthers, prompt: false, ...(isFork && UNTRUSTED) };
  const session = await createSession({ ...invocation, io: calm, options: given }, isFork ? { project: false } : {});
  const token = io.environment['GITHUB_TOKEN'];
  if (token) session.services.redactor().add({ name: 'GITHUB_TOKEN', value: token });
  return session;
}

/** What the workflow allows for the repository's own plans. */
const UNTRUSTED = {
  approve: undefined,
  allowPath: undefined,
  trustProject: undefined,
  apiKeyEnv: undefined,
  apiKeyFile: undefined,
  execEnv: undefined,
} satisfies Partial<CiOptions & { trustProject: undefined }>;

/** Names of variables without which nothing works, and that are no secrets. */
const OPEN = /^(?:PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|CI|NO_COLOR|TERM|SYSTEMROOT|(?:GITHUB|RUNNER)_\w+)$/i;
const SECRET = /TOKEN|SECRET|KEY|PASSWORD/i;
/** The bot signs with it; no plan can read it. */
const OWN = new Set(['PORTIA_SIGNING_KEY', 'PORTIA_CONFIG_DIR', 'PORTIA_STORAGE_DIR']);

function withoutSecrets(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => OWN.has(name) || (OPEN.test(name) && !SECRET.test(name))),
  );
}

/** Streams whose text cannot command the runner, which obeys lines that begin with `::`, and `##[` anywhere. */
export function withoutCommands(streams: Streams): Streams {
  return { ...streams, out: harmless(streams.out), err: harmless(streams.err) };
}

function harmless(stream: OutputStream): OutputStream {
  return {
    isTerminal: stream.isTerminal,
    columns: stream.columns,
    rows: stream.rows,
    colour: stream.colour,
    get isClosed() {
      return stream.isClosed;
    },
    write: async (text) => stream.write(text.replaceAll('::', ': :').replaceAll('##[', '# #[')),
  };
}
