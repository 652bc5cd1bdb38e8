import { afterAll, beforeAll, onTestFinished } from 'vitest';

type End = () => unknown;

/** What ends with the file, while something is made for all of its tests. */
let endsOfFile: End[] | undefined;

/** Calls it when the test ends, or, for what `forAllTests` makes, when its file does. */
export function whenOver(end: End): void {
  if (endsOfFile === undefined) onTestFinished(async () => void (await end()));
  else endsOfFile.push(end);
}

/** Makes something once for all tests of a file, such as a server. Gives how the tests reach it. */
export function forAllTests<Made>(make: () => Promise<Made>): () => Made {
  const made: Made[] = [];
  const ends: End[] = [];
  beforeAll(async () => {
    endsOfFile = ends;
    try {
      made.push(await make());
    } finally {
      endsOfFile = undefined;
    }
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });
  return () => {
    const [first] = made;
    if (first === undefined) throw new Error('It could not be made.');
    return first;
  };
}
