import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';

import type { Run } from '../../src/domain/run/run.js';
import { promptOf, startModelServer, type ModelServer } from '../support/model-server.js';
import { makeProject, portia, type Ended } from '../support/portia.js';
import { serve, type Served } from '../support/serve-process.js';
import { whenOver } from '../support/when-over.js';
import { Clock } from './clock.js';

/** What its model says is scripted below; what its tools give is in their module. */
export const SHOP_FILES = filesIn('tests/pictures/project');

/** A project in which runs wait for people. */
interface Shop {
  server: Served;
  /** The run that reminds customers: it has waited, one try failed, and it asks whether a mail may be sent. */
  reminders: string;
  /** The plan of it. */
  plan: string;
  /** The path of the question of another run: how much to order. */
  question: string;
  /** The address at which the question of a run is answered by this person. */
  link(run: string, person: string): Promise<string>;
  /** The report of a run: HTML. */
  report(run: string): Promise<string>;
}

/** Begins two runs, and answers what they ask until each asks once more. `browser` is the one of those who answer. */
export async function openShop(browser: Browser): Promise<Shop> {
  const cwd = namedProject('shop');
  const clock = new Clock(cwd, '2026-03-02T07:32:00Z');
  const model = await scriptedModel(clock);
  const call = { cwd, env: { ...clock.environment, ...model.environment, PORTIA_MODEL: 'gpt-4.1-mini' } };
  const server = await serve([], call);
  await portia(['config', 'set', 'serve.public_url', server.origin], call);

  const asking = async (...args: string[]) => {
    const ended = await portia([...args, '--no-prompt', '--json'], call);
    return JSON.parse(printed(ended, 8)) as Run;
  };
  const link = async (run: string, person: string) => {
    const ended = await portia(['link', run, '--for', person, '--json'], call);
    return (JSON.parse(printed(ended, 0)) as { url: string }).url;
  };
  const report = async (run: string) => printed(await portia(['report', run], call), 0);
  const answered = async (run: string, { by, at }: { by: string; at: string }, fill: (page: Page) => Promise<void>) => {
    clock.set(at);
    const page = await browser.newPage();
    await page.goto(await link(run, by));
    await fill(page);
    await page.getByText('from a signed link').waitFor();
    await page.close();
    await asking('resume', run);
  };

  const { id: reminders, plan_id: plan } = await asking('run-plan', 'reminders.yaml');
  await answered(reminders, { by: 'ben', at: '2026-03-02T09:46:00Z' }, async (page) => {
    await page.getByRole('spinbutton').fill('1000');
    await page.getByRole('button', { name: 'Send' }).click();
  });
  const agree = (page: Page) => page.getByRole('button', { name: 'Yes, make this call' }).click();
  await answered(reminders, { by: 'ben', at: '2026-03-02T09:55:00Z' }, agree);
  clock.set('2026-03-02T10:04:00Z');
  const { id: order, outputs } = await asking('run-plan', 'order.yaml');
  await answered(reminders, { by: 'ada', at: '2026-03-02T10:26:00Z' }, agree);
  clock.set('2026-03-02T10:30:10Z');
  const question = `/questions/${order}/${outputs.clarifications[0]?.id}`;
  // One that drives would have continued the runs by itself.
  return { server: await serve(['--drive', '--by', 'ada'], call), reminders, plan, question, link, report };
}

/** The pages show the name of its folder. */
function namedProject(name: string): string {
  const files = Object.entries(SHOP_FILES).map(([file, text]) => [`${name}/${file}`, text]);
  const folder = join(makeProject(Object.fromEntries(files)), name);
  mkdirSync(join(folder, '.home'));
  return folder;
}

function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function printed({ code, stdout, stderr }: Ended, wanted: number): string {
  if (code !== wanted) throw new Error(`exit ${code}: ${stdout}${stderr}`);
  return stdout;
}

async function scriptedModel(clock: Clock): Promise<ModelServer> {
  const server = await startModelServer((body) => {
    clock.pass(1900);
    const [, id = '', customer = ''] = /"id":\s*"(O-\d+)",\s*"customer":\s*"([^"]+)"/.exec(promptOf(body)) ?? [];
    return { text: REMINDER.replace('CUSTOMER', customer).replace('ORDER', id), usage: { input: 138, output: 79 } };
  });
  whenOver(() => server.close());
  return server;
}

const REMINDER = `Dear CUSTOMER,

our books show that order ORDER is still open. Perhaps your payment and this mail have crossed; if so, please ignore it.

If anything about the invoice is unclear, just reply to this mail.

Kind regards,
Ada, Accounts`;
