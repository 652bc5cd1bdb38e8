import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { builtLibrary } from '../../app/built-package.js';

/** Where pages load what judges a password. */
export const RULES_PATH = '/password-rules.js';

interface RulesScript {
  /** With what tells the version. */
  path: string;
  text: string;
}

/** The rules of passwords as a script that sets `passwordRules`. It is read when it is first wanted. */
export function rulesScript(): () => RulesScript {
  let made: RulesScript | undefined;
  return () => (made ??= readRules());
}

function readRules(): RulesScript {
  const module = readFileSync(join(dirname(builtLibrary()), 'password-rules.cjs'), 'utf8');
  const text = `(() => { const exports = {};\n${module}\nglobalThis.passwordRules = exports.passwordRules; })();`;
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { path: `${RULES_PATH}?v=${version}`, text };
}
