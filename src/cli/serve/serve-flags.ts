import { ROLES } from '../../domain/values/roles.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { ALLOW_PATH_FLAGS, LIMIT_FLAGS, MODEL_FLAGS, RUN_FLAGS } from '../session/options.js';
import { readPort } from '../session/read-port.js';
import { USERS_FLAGS } from '../users/users-flags.js';

/** Flags of `serve`: where it listens, and who may come in. */
export const SERVE_FLAGS = {
  port: flag.count('--port <n>', 'listen on this port (default: a free one)', {
    read: (text) => readPort(text, '--port'),
  }),
  listen: flag.text('--listen <address>', 'HOST or HOST:PORT for other machines; needs TLS or a proxy, and users'),
  tlsCert: flag.text('--tls-cert <file>', 'certificate in PEM, with those that vouch for it'),
  tlsKey: flag.text('--tls-key <file>', 'key of the certificate'),
  ...USERS_FLAGS,
  secondFactor: flag.text(
    '--second-factor <role>',
    'from this role on people who sign in need one: look, answer, run',
    {
      choices: ROLES,
    },
  ),
  behindProxy: flag.toggle('--behind-proxy', 'all requests come through a proxy, which encrypts'),
  userHeader: flag.text('--user-header <name>', 'with --behind-proxy: the header in which the proxy names the person'),
  role: flag.list('--role <role>', 'with --user-header: of those who are not in the file of users (default: look)', {
    choices: [...ROLES, 'none'],
  }),
  drive: flag.toggle('--drive', 'continue a run here once its questions are answered'),
  check: flag.toggle('--check', 'only say what would be served, or why it cannot be'),
  ...MODEL_FLAGS,
  approve: RUN_FLAGS.approve,
  deny: RUN_FLAGS.deny,
  stub: RUN_FLAGS.stub,
  dryRun: RUN_FLAGS.dryRun,
  ...ALLOW_PATH_FLAGS,
  summarize: RUN_FLAGS.summarize,
  by: RUN_FLAGS.by,
  ...LIMIT_FLAGS,
};

export type ServeOptions = OptionsOf<typeof SERVE_FLAGS>;
