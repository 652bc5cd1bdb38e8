import type { Lane } from '../pictures/lanes.js';
import type { PlanPicture, StepBox, Upright } from '../pictures/plan-picture.js';
import { cutText } from '../../domain/values/cut-text.js';
import { exact, markup, type Inlay, type Markup } from './markup.js';
import { kindIconName } from './step-kind-icon.js';

/** Em that a character takes on average. */
const CHARACTER = 0.52;
const BOLD_CHARACTER = 0.58;
const MONO_CHARACTER = 0.6;
const NAME_SIZE = 13;
const SUB_SIZE = 12;
const OUTPUT_SIZE = 11.5;
/** Pixels of a sign at the right of a box. */
const SIGN = 20;
/** Longer numbers stand before the second line. */
const LONGEST_NUMBER = 3;

/** A drawing of a plan. `id`: unique in the page. */
export function pictureView(picture: PlanPicture, { id, kind }: { id: string; kind: 'wide' | 'narrow' }): Markup {
  const { width, height } = picture;
  return markup`<svg class="pic pic-${kind}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}"><title id="${id}">Picture of the plan; the same as a list is below</title>
${picture.grounds.map(({ x, y, width: wide, height: high }) => markup`<rect class="p-block" x="${x + 0.5}" y="${y + 0.5}" width="${wide - 1}" height="${high - 1}" rx="8"/>`)}
<g class="p-flow">${picture.lanes.map(laneView)}</g>
${picture.links.map(({ x, from, to }) => markup`<line class="p-link" x1="${x}" x2="${x}" y1="${from}" y2="${to}"/>`)}
${picture.boxes.map((box) => boxView(box, kind))}
${picture.brackets.map(({ x, from, to }) => markup`<path class="p-side" d="M${x + 6} ${from}H${x}V${to}H${x + 6}"/>`)}
${picture.loops.map(againView)}
${picture.whens.map(({ x, y, width: room, text }) => markup`<text class="p-when" x="${x}" y="${y}">${fitted(text, room, MONO_CHARACTER * OUTPUT_SIZE)}<title>${exact(text)}</title></text>`)}
</svg>`;
}

function boxView(box: StepBox, kind: 'wide' | 'narrow'): Markup {
  const { x, y, width, height, number, title, sub, output, line, asks, acts, isHead } = box;
  const right = x + width - 12;
  const outputRoom =
    output === undefined || kind === 'narrow' ? 0 : Math.min(width / 3, output.length * MONO_CHARACTER * OUTPUT_SIZE);
  const signs: Inlay[] = [];
  let at = right - outputRoom - (outputRoom > 0 ? 22 : 14);
  const sign = (name: string, shape: string) => {
    signs.push(markup`<use class="${name}" href="#i-${shape}" x="${at}" y="${y + 11}" width="14" height="14"/>`);
    at -= SIGN;
  };
  if (asks) sign('p-q', 'waiting');
  if (acts) sign('p-a', 'bolt');
  const isLong = number.length > LONGEST_NUMBER;
  const classes = ['p-box', ...(isHead ? ['p-head'] : []), ...(asks ? ['p-asks'] : [])].join(' ');
  const says = isLong ? `${number}  ${sub}` : sub;
  const told = [
    `${number} ${title}`,
    ...(asks ? ['may ask a person'] : []),
    ...(acts ? ['changes something outside'] : []),
  ];
  return markup`<g><rect class="${classes}" x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${height - 1}" rx="7"/>${
    line !== undefined &&
    markup`<use class="p-kind" href="#i-${kindIconName(line)}" x="${x + 12}" y="${y + 11}" width="14" height="14"/>`
  }<text class="p-name" x="${x + 36}" y="${y + 22}">${fitted(title, at - x - 36, BOLD_CHARACTER * NAME_SIZE)}<title>${exact(told.join(', '))}</title></text>${
    !isLong && markup`<text class="p-no" x="${x + 19}" y="${y + 40}">${number}</text>`
  }<text class="p-sub" x="${x + 36}" y="${y + 40}">${fitted(says, width - 48, CHARACTER * SUB_SIZE)}<title>${exact(says)}</title></text>${
    outputRoom > 0 &&
    markup`<text class="p-out" x="${right}" y="${y + 22}">${fitted(output ?? '', outputRoom + 1, MONO_CHARACTER * OUTPUT_SIZE)}</text>`
  }${signs}</g>`;
}

function againView({ x, from, to }: Upright): Markup {
  const edge = x + 11;
  return markup`<path class="p-again" d="M${x} ${from}H${edge - 3}Q${edge} ${from} ${edge} ${from - 3}V${to + 3}Q${edge} ${to} ${edge - 3} ${to}H${x + 4}"/><path class="p-tip" d="M${x + 1} ${to}l5 -3.5v7Z"/>`;
}

function laneView({ name, x, from, to }: Lane): Markup {
  const ys = [...from, ...to].map(({ y }) => y);
  const arrows = to.map(
    ({ x: end, y }) => markup`<path d="M${x} ${y}H${end + 5}"/><path class="tip" d="M${end + 1} ${y}l6 -3.2v6.4Z"/>`,
  );
  return markup`<g tabindex="-1"><title>$${name}</title>${from.map(({ x: start, y }) => markup`<path d="M${start} ${y}H${x}"/>`)}<path d="M${x} ${Math.min(...ys)}V${Math.max(...ys)}"/>${arrows}</g>`;
}

/** The text, cut to so many pixels. */
function fitted(text: string, room: number, character: number): string {
  return cutText(text, Math.max(1, Math.floor(room / character)));
}
