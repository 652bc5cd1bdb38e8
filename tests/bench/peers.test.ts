import { spawn } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { cleanEnvironment, ended, makeProject } from '../support/portia.js';

describe('npm run bench -- peers', () => {
  test('when the registry is not reached then it says so, and fails', async () => {
    const cwd = makeProject();
    const npm = { npm_config_registry: 'http://127.0.0.1:1/', npm_config_fetch_retries: '0', npm_config_cache: cwd };
    const env = { ...cleanEnvironment(cwd), ...npm };
    const { code, stderr } = await ended(spawn(process.execPath, ['tests/bench/run-bench.js', 'peers'], { env }), '');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'LangGraph.js could not be installed, so nothing is compared. Is the npm registry reached?',
    );
    expect(stderr).toContain('ECONNREFUSED');
  });
});
