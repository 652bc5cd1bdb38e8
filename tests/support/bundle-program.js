// Bundles a program of the tests: node bundle-program.js SOURCE FOLDER
import { rolldown } from 'rolldown';

const [, , input, dir] = process.argv;
const bundle = await rolldown({
  input,
  platform: 'node',
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
});
await bundle.write({ dir, format: 'esm', entryFileNames: 'program.mjs' });
await bundle.close();
