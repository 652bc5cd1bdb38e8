import type { SpellCommand } from '../../domain/next-step.js';
import { shellCommand } from '../../domain/values/shell-quote.js';
import type { SharedOptions } from './options.js';
import { resumeFlags } from './spell-flags.js';

/** Spells commands for somebody who gave these flags, so that they work in the same place and in the same way. */
export function commandSpeller(options: SharedOptions): SpellCommand {
  const { dir, project, store } = options;
  const place = [
    ...(dir === undefined ? [] : ['-C', dir]),
    ...(project === false ? ['--no-project'] : []),
    ...(store === undefined ? [] : ['--store', withoutPassword(store)]),
  ];
  const again = resumeFlags(options);
  return ({ command, words }) => {
    const begin = shellCommand(['portia', ...place, command, ...(command === 'resume' ? again : [])]);
    return [begin, ...words].join(' ');
  };
}

/** The address of a store as a person may see it. */
function withoutPassword(store: string): string {
  return store.replace(/^(postgres(?:ql)?:\/\/[^/@:]*):[^@]*@/, '$1@');
}
