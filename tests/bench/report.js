// What the report of a long run costs, and how soon a browser shows it.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

import { bench, folder, isWanted, median, portia, usage } from './measure.js';
import { compute, runPlan } from './projects.js';

const STEPS = 10_000;
const of = (what) => `report of 10,000 steps below each other, ${what}`;
const [CPU, SIZE, OPENS] = [of('seconds of processor time'), of('MB'), of('seconds until a browser shows it')];
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function measureReport() {
  if (![CPU, SIZE, OPENS].some((name) => isWanted('report', name))) return;
  const { id } = runPlan(Array.from({ length: STEPS }, (_, index) => compute('1', `$n${index}`)));
  const file = join(folder, 'report.html');
  const write = () => usage(portia('report', id, '-o', file)).cpu;
  const first = write();
  bench('report', CPU, 3, () => median([first, write(), write()]));
  bench('report', SIZE, 5, () => statSync(file).size / 1e6);
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    console.log(`     ${OPENS}: not measured, there is no Chromium`);
    return;
  }
  const seconds = await openingSeconds(executablePath, pathToFileURL(file).href);
  bench('report', OPENS, 2, () => seconds);
}

async function openingSeconds(executablePath, url) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const times = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const page = await browser.newPage();
      const start = performance.now();
      await page.goto(url);
      times.push((performance.now() - start) / 1000);
      await page.close();
    }
    return median(times);
  } finally {
    await browser.close();
  }
}
