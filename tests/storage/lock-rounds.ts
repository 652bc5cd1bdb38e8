import { readdirSync } from 'node:fs';
import { expect } from 'vitest';

import type { Program } from '../support/build-program.js';
import { ended, startProgram } from './child-program.js';

/** Contenders that take one lock in turns; half of them are killed as owners at their end. Nobody may overlap. */
export async function contend(
  program: Program,
  options: { folder: string; contenders: number; rounds: number },
): Promise<void> {
  const { folder, contenders, rounds } = options;
  const children = Array.from({ length: contenders }, () => startProgram(program, ['contend', folder, String(rounds)]));
  for (const { code, signal } of await Promise.all(children.map(ended))) {
    expect(signal ?? code).toBeOneOf([0, 'SIGKILL']);
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('lock.'))).toHaveLength(1);
  expect(readdirSync(folder)).not.toContain('inside');
}
