import { fileURLToPath } from 'node:url';

import { defineConfig } from 'rolldown';

// A file costs half a millisecond at start, so what is always needed together lies together; what is heavy (zod,
// JSONata, prompts, the model's client) lies apart, with those who need it.
const START = /src\/(cli\/(main|own-process|root-help|exit-codes)|ui\/(streams|colour)|domain\/errors)\.ts$/;
const COMMANDS =
  /src\/domain\/shell-quote\.ts$|src\/cli\/(program|command-table|command-help|options|report-error|speech|said-flags|misuse)\.ts$|node_modules\/commander\/|src\/ui\/(error-view|look|printable|text-width)\.ts$/;
const SESSION =
  /src\/(cli\/(session|output-fields|services|references|output-value|read-text|read-stubs|read-limits|json-text)|domain\/(clarification|consents|signatures|person|digest|secret-names|secret-values|thrown|whole-numbers|events|ids|json|names|plan|plan-digest|run|run-transitions|step-path|nearest-name)|config\/(?!settings-schema|doctor|check-inputs|inputs|parse-yaml|json-positions)[a-z-]+|models\/(model|providers)|storage\/(?!upgrade|memory-store|tool-names|end-users)[a-z-]+|executor\/held-secrets|app\/(?!trust\/(missing-trust|list-trust|trusted-content)|signing\/verify-run)[a-z/-]+)\.ts$|node_modules\/uuid\//;
const VIEWS =
  /src\/(ui\/(brief-value|answer-lines|plan-view|run-view|run-state|question-view|list-view|table|times|named-values|step-[a-z]+)|clarifications\/[a-z-]+|domain\/(plan-steps|inner-plans))\.ts$/;
const RUN =
  /src\/(executor\/(?!expression-worker)|library\/(load-sub-plans|referenced-plans|plan-request|runnable-plan|schema-checks)|planner\/offline(?!-help)|cli\/(confirm-changes|consent-rules|drive|start|named-tools|stopping|answer-lines|run-services|evaluator|answer-plan|approve-plan|tool-arrangement|report-run|event-sink|given-answers|query|make-plan|tool-effects|require-trust|plan-picture|commands\/(run|run-plan|plan|resume)\.)|domain\/(template|plan-rules|private-data|plan-check|expression|fit-value|linear-regexp|step-references|complete-plan|sub-plans|zod-json-schema)|app\/trust\/missing-trust|tools\/(?!modules|json-schema|bounded-call)|config\/(check-inputs|inputs)|ui\/(changed-tools-view|progress|event-line))|node_modules\/jsonata\//;

// Commander can start programs as sub-commands. None of ours is one, and loading that takes 4 ms of every start.
const noSubprograms = {
  name: 'no-subprograms',
  transform(code, id) {
    if (!/commander[\\/]lib[\\/]command\.js$/.test(id)) return undefined;
    const lighter = code.replace("require('node:child_process')", '{}');
    if (lighter === code) this.error('commander loads node:child_process in another way than before');
    return lighter;
  },
};

// Compiled code that was kept cannot import in Node 20. What Node itself has can be required.
const requiredBuiltins = {
  name: 'required-builtins',
  transform(code, id) {
    if (!/[\\/]src[\\/]/.test(id)) return undefined;
    const required = code.replaceAll(/await import\(('node:\w+')\)/g, 'require($1)');
    return required === code ? undefined : required;
  },
};

const shared = {
  platform: 'node',
  plugins: [noSubprograms, requiredBuiltins],
  // These two load files that lie beside their own code.
  external: ['jiti', 'node-sqlite3-wasm'],
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
};

/** Small, but in lines and with the names of classes: both are seen when an error is nowhere caught. */
const minify = {
  compress: true,
  mangle: { keepNames: { class: true, function: false } },
  codegen: { removeWhitespace: false },
};

const output = { dir: 'dist', format: 'cjs', entryFileNames: '[name].cjs', comments: false, minify };

/**
 * The binary and the library, one beside the other, so that a tool that imports `portia` meets what the binary has
 * loaded already. CommonJS, because Node starts it in three quarters of the time that it takes for modules.
 */
export const program = defineConfig({
  ...shared,
  preserveEntrySignatures: 'allow-extension',
  input: { main: 'src/cli/main.ts', index: 'src/index.ts', plan: 'src/plan.ts' },
  output: {
    ...output,
    // Beside the entries, so that './expression-worker.js' means the same file from every chunk.
    chunkFileNames: '[name]-[hash].cjs',
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
  },
});

/** The thread in which expressions are evaluated that must be ended when they take too long. */
export const worker = defineConfig({
  ...shared,
  input: { 'expression-worker': 'src/executor/expression-worker.ts' },
  output: { ...output, format: 'esm', entryFileNames: '[name].js' },
});

/** The thread in which files are read that can mean more work than their size. */
export const reader = defineConfig({
  ...shared,
  input: { 'reader-worker': 'src/tools/builtin/reader-worker.ts' },
  output: { ...output, format: 'esm', entryFileNames: '[name].js' },
});

/** All of zod in one file, for tools: from its own folder it would be 60 files. */
export const zod = defineConfig({
  ...shared,
  input: { zod: fileURLToPath(import.meta.resolve('zod')) },
  output: { ...output, exports: 'named', esModule: true },
});
