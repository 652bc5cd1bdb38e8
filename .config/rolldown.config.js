import { defineConfig } from 'rolldown';

// A file costs half a millisecond at start, so what is always needed together lies together; what is heavy (zod,
// JSONata, prompts, the model's client) lies apart, with those who need it.
const START = /src\/(cli\/(main|root-help|exit-codes)|ui\/(streams|colour)|domain\/errors)\.ts$/;
const COMMANDS = /src\/cli\/(program|command-table|command-help|options|report-error)\.ts$|node_modules\/commander\/|src\/ui\/(error-view|look|printable|text-width)\.ts$/;
const SESSION =
  /src\/(cli\/(session|services|references|read-text|read-stubs|json-text)|domain\/(clarification|digest|events|ids|json|names|plan|plan-digest|run|run-transitions|shell-quote|nearest-name)|config\/(?!settings-schema|doctor|check-inputs|inputs)[a-z-]+|models\/(model|providers)|tools\/tool-policy|storage\/(?!upgrade|schema-problems|memory-store|tool-names)[a-z-]+)\.ts$|node_modules\/uuid\//;
const VIEWS = /src\/(ui\/(brief-value|plan-view|run-view|run-state|question-view|list-view|table|times|step-[a-z]+)|clarifications\/[a-z-]+|domain\/plan-steps)\.ts$/;
const RUN =
  /src\/(executor\/(?!expression-worker)|library\/(plan-request|runnable-plan)|planner\/offline(?!-help)|cli\/(drive|start|tool-arrangement|report-run|event-sink|given-answers|query|make-plan|tool-effects|commands\/(run|run-plan|plan|resume)\.)|domain\/(template|plan-rules|expression)|tools\/(registry|stub|define-tool|json-schema|paths|builtin\/)|ui\/progress)|node_modules\/jsonata\//;

export default defineConfig({
  input: {
    main: 'src/cli/main.ts',
    index: 'src/index.ts',
    'expression-worker': 'src/executor/expression-worker.ts',
  },
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  // These two load files that lie beside their own code.
  external: ['jiti', 'node-sqlite3-wasm'],
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    // Beside the entries, so that './expression-worker.js' means the same file from every chunk.
    chunkFileNames: 'chunk-[name]-[hash].js',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'start', test: START, priority: 5 },
        { name: 'commands', test: COMMANDS, priority: 4 },
        { name: 'session', test: SESSION, priority: 3 },
        { name: 'views', test: VIEWS, priority: 2 },
        { name: 'run', test: RUN, priority: 1 },
      ],
    },
    minify: true,
    sourcemap: false,
  },
});
