import { defineConfig } from 'rolldown';

export default defineConfig({
  input: {
    main: 'src/cli/main.ts',
    index: 'src/index.ts',
    'expression-worker': 'src/executor/expression-worker.ts',
  },
  platform: 'node',
  // These two load files that lie beside their own code.
  external: ['jiti', 'node-sqlite3-wasm'],
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    // Beside the entries, so that './expression-worker.js' means the same file from every chunk.
    chunkFileNames: 'chunk-[name]-[hash].js',
    minify: true,
    sourcemap: false,
  },
});
