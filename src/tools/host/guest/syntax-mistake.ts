import vm from 'node:vm';

import { translate } from './translate.js';

/**
 * What V8 refuses in a module, with its place in front: `FILE:LINE:COLUMN message`. V8 says the place for scripts only,
 * so the module is compiled as one.
 */
export function withPlace(error: unknown, file: string, text: string): unknown {
  if (!(error instanceof SyntaxError)) return error;
  try {
    return tryAsScript(file, text) ?? error;
  } catch {
    // As a script something else is wrong with it.
    return error;
  }
}

function tryAsScript(file: string, text: string): SyntaxError | undefined {
  const before = '(async () => {';
  const code = `${before}${translate(file, text, { imports: true })}\n})`;
  try {
    void new vm.Script(code, { filename: file });
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) return undefined;
    // FILE:LINE, the line itself, and a mark below the mistake.
    const [place = '', , mark = ''] = (error.stack ?? '').split('\n');
    const line = place.startsWith(`${file}:`) ? place.slice(file.length + 1) : '';
    if (!/^\d+$/.test(line)) return undefined;
    const column = mark.indexOf('^') + 1 - (line === '1' ? before.length : 0);
    return new SyntaxError(`${file}:${line}:${column} ${error.message}`);
  }
}
