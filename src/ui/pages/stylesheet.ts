import base from './style/base.css';
import inbox from './style/inbox.css';
import picture from './style/picture.css';
import plan from './style/plan.css';
import run from './style/run.css';
import timeline from './style/timeline.css';

/** The one stylesheet of all pages. A page with parts of its own adds a file here. */
export const STYLESHEET = [base, inbox, timeline, picture, run, plan].join('\n');
