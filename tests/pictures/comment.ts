import { marked } from 'marked';

import { commentEvent, pullEvent } from '../support/github-server.js';
import { Runner } from '../e2e/ci-runner.js';
import { makeProject } from '../support/portia.js';
import { Clock } from './clock.js';
import { SHOP_FILES } from './shop.js';

/** The comment below a pull request when its plan was approved and its run asks, as a page that looks like GitHub. */
export async function commentPage(): Promise<string> {
  const { environment: env } = new Clock(makeProject(), '2026-03-02T07:32:00Z');
  const options = { env, plan: 'reminders.yaml' };
  const runner = await Runner.start(SHOP_FILES);
  await runner.job('pull_request', pullEvent(runner.github), options);
  await runner.job('issue_comment', commentEvent(runner.github, { login: 'ada', body: '/portia approve' }), options);
  const [comment] = runner.github.comments;
  if (comment === undefined) throw new Error('There is no comment.');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Comment</title><style>${STYLE}</style>
<article><header><b>${comment.login}</b> commented</header><main>${await marked.parse(comment.body)}</main></article>`;
}

const STYLE = `
body { margin: 0; background: #fff; color: #1f2328; font: 14px/1.5 Inter, sans-serif; }
article { width: 860px; border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
header { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; color: #59636e; }
header b { color: #1f2328; }
main { padding: 16px; }
h2, h3 { margin: 24px 0 16px; line-height: 1.25; }
h2 { margin-top: 0; padding-bottom: 8px; border-bottom: 1px solid #d1d9e0; font-size: 21px; }
h3 { font-size: 17px; }
code, pre { font: 12px/1.45 'Liberation Mono', 'DejaVu Sans Mono', monospace; background: #f6f8fa; border-radius: 6px; }
code { padding: 2px 5px; }
pre { padding: 16px; margin: 0 0 16px; white-space: pre-wrap; }
pre code { padding: 0; }
table { border-collapse: collapse; margin: 0 0 16px; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; vertical-align: top; }
tr:nth-child(2n) { background: #f6f8fa; }
tr code { background: #eff1f3; }
`;
