import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An editor at the terminal: it asks for a sed command, `q` fails. Gives the value for EDITOR. */
export function makeTypedEditor(folder: string): string {
  return makeEditor(folder, `printf 'sed> '; read -r line; [ "$line" = q ] && exit 1; sed -i.bak "$line" "$1"`);
}

/** A shell script as the editor; the file is `$1`. Gives the value for EDITOR. */
export function makeEditor(folder: string, script: string): string {
  const path = join(folder, 'editor.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}
