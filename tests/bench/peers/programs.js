// The programs that are compared, and how they are installed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

const ZOD = { zod: '4.6.7' };

export const PORTIA = { name: 'portia', file: 'portia' };

/** `parts` are what it can do at all, `node` the first version that it runs on. */
export const PEERS = [
  {
    ...{ name: 'LangGraph.js', version: '1.7.3', file: 'langgraph' },
    packages: {
      '@langchain/core': '1.4.0',
      '@langchain/langgraph': '1.7.3',
      '@langchain/langgraph-checkpoint-sqlite': '1.0.4',
      '@langchain/openai': '1.6.0',
      ...ZOD,
    },
  },
  {
    ...{ name: 'Mastra', version: '1.71.0', file: 'mastra', node: 22 },
    packages: { '@mastra/core': '1.71.0', '@mastra/libsql': '1.23.1', '@libsql/client': '0.18.0', ...ZOD },
  },
  {
    ...{ name: 'OpenAI Agents', version: '0.20.0', file: 'openai-agents' },
    packages: { '@openai/agents': '0.20.0', openai: '7.59.0', ...ZOD },
    parts: ['one', 'steps', 'calls', 'reads', 'ask', 'answer', 'askAfterSteps', 'answerAfterSteps', 'agent', 'form'],
  },
  {
    ...{ name: 'DBOS', version: '5.3.0', file: 'dbos', needsDatabase: true },
    packages: { '@dbos-inc/dbos-sdk': '5.3.0' },
  },
];

/** Puts the program and its packages into `home`. Gives what went wrong, or undefined. */
export function install({ name, file, packages }, home) {
  mkdirSync(join(home, 'node_modules'), { recursive: true });
  const description = JSON.stringify({ private: true, type: 'module', dependencies: packages });
  writeFileSync(join(home, 'package.json'), description);
  for (const program of [`${file}.mjs`, 'job.mjs'])
    copyFileSync(join(import.meta.dirname, program), join(home, program));
  const done = join(home, 'installed.json');
  if (textOf(done) === description) return undefined;
  const problem = packages === undefined ? linkPortia(home) : installPackages(name, home);
  if (problem === undefined) writeFileSync(done, description);
  return problem;
}

function linkPortia(home) {
  for (const [name, to] of Object.entries({ portia: '.', zod: 'node_modules/zod' })) {
    symlinkSync(resolve(to), join(home, 'node_modules', name));
  }
}

function textOf(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function installPackages(name, home) {
  const bin = dirname(process.execPath);
  const prefix = dirname(bin);
  // A package with code in C++ may have to be compiled, for this Node.
  const headers = existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
  const env = { ...process.env, ...headers, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', ['install', ...flags], { cwd: home, env, encoding: 'utf8' });
  return status === 0
    ? undefined
    : `${name} could not be installed, so nothing is compared. Is the npm registry reached?\n${stderr}`;
}
