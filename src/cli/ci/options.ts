import { RIGHTS } from '../../ci/github/conversation.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { DRIVE_FLAGS, INPUT_FLAGS, NEW_PLAN_FLAGS, type DriveFlags } from '../session/options.js';

/** Nobody is asked here, and GitHub says who answers. */
const {
  by: _by,
  detachOnClarification: _detach,
  inspectTools: _inspect,
  stream: _stream,
  ...DRIVEN_FLAGS
} = DRIVE_FLAGS;

export const CI_FLAGS = {
  request: flag.text('--request <text>', 'make the plan from this request, in place of a file; @file'),
  state: flag.text('--state <file>', 'where the plan or run is kept between jobs (default: portia-state.ndjson)'),
  find: flag.toggle('--find', 'only say which commit to check out and which artifact to fetch, as outputs'),
  permission: flag.text('--permission <right>', 'what a member needs to approve and answer (default: write)', {
    choices: RIGHTS,
  }),
  bot: flag.text('--bot <login>', 'who owns the token (default: github-actions[bot])'),
  ...NEW_PLAN_FLAGS,
  ...INPUT_FLAGS,
  ...DRIVEN_FLAGS,
};

/** As they are given. */
export type CiOptions = OptionsOf<typeof CI_FLAGS>;

/** With who acts. */
export type CiDriveOptions = CiOptions & DriveFlags;
