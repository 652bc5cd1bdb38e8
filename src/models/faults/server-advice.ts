import { shellQuote } from '../../domain/values/shell-quote.js';

interface Advice {
  /** What the server says, in any of its versions. */
  words: RegExp;
  /** What to do about it; `name` is what the server calls the model, quoted for a shell, `id` what portia calls it. */
  advice(name: string, id: string): string;
}

const ADVICE: readonly Advice[] = [
  { words: /requires --jinja/i, advice: () => 'Start the server with it: llama-server --jinja …' },
  {
    words: /enable-auto-tool-choice/i,
    advice: (name) => `Start the server with both: vllm serve ${name} --enable-auto-tool-choice --tool-call-parser …`,
  },
  {
    words: /does not support (tools|function)|support tool use/i,
    advice: (_name, id) =>
      'Use a model that can call functions: --model provider/name\n' +
      'With Ollama, `ollama show NAME` lists "tools" for such a model.\n' +
      `Or let it call them in words, by portia.json: {"model_settings": {${JSON.stringify(id)}: {"no_tools": true}}}`,
  },
  {
    words: /n_keep .{0,20}n_ctx|context the overflows/i,
    advice: (name) => `Load the model with a longer context: lms load ${name} --context-length 16384`,
  },
  {
    words: /available context size/i,
    advice: () => 'Start the server with a longer context: llama-server -c 16384 …',
  },
  { words: /no models? (is )?loaded|model (is )?unloaded/i, advice: (name) => `lms load ${name}` },
  {
    words: /deployment/i,
    advice: () => 'On Azure, the model is the name of your deployment: --model azure/DEPLOYMENT',
  },
  { words: /more system memory/i, advice: () => 'Use a smaller model, or end what else needs memory on that machine.' },
];

/** What helps with a server that says this, if it is known. */
export function adviceFor(words: string, asked: { modelName: string; modelId: string }): string | undefined {
  return ADVICE.find((row) => row.words.test(words))?.advice(shellQuote(asked.modelName), asked.modelId);
}
