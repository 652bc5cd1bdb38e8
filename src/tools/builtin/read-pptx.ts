import { Parser } from 'htmlparser2';

import { ContentRefused } from './content-refused.js';
import { limitDepth, type ElementHandler } from './element-depth.js';
import { plainXml } from './xlsx-xml.js';
import { unzip } from './zip-files.js';

type Files = ReadonlyMap<string, Buffer>;

/** The text of each slide of a presentation, in its order, under a heading with its number. Throws ContentRefused. */
export function readPptx(content: Buffer): string {
  const files = unzip(content, (name) => name.startsWith('ppt/') && /\.xml(?:\.rels)?$/.test(name));
  const slides = slidesOf(files);
  if (slides.length === 0) throw new ContentRefused('it is not a presentation: it has no slides');
  return slides.map((slide, index) => `## Slide ${index + 1}\n\n${textOf(files, slide)}`.trim()).join('\n\n');
}

/** The files of the slides. */
function slidesOf(files: Files): string[] {
  const targets = new Map<string, string>();
  walk(files, 'ppt/_rels/presentation.xml.rels', {
    onopentag: (name, { Id = '', Target = '' }) => {
      if (name === 'Relationship') targets.set(Id, Target.startsWith('/') ? Target.slice(1) : `ppt/${Target}`);
    },
  });
  const slides: string[] = [];
  walk(files, 'ppt/presentation.xml', {
    onopentag: (name, attributes) => {
      const file = name === 'p:sldId' ? targets.get(attributes['r:id'] ?? '') : undefined;
      if (file !== undefined) slides.push(file);
    },
  });
  return slides;
}

/** A line for each paragraph that has text. */
function textOf(files: Files, slide: string): string {
  let text = '';
  let isText = false;
  walk(files, slide, {
    onopentag: (name) => {
      isText = name === 'a:t';
      if (name === 'a:br') text += '\n';
    },
    ontext: (part) => {
      if (isText) text += part;
    },
    onclosetag: (name) => {
      isText = false;
      if (name === 'a:p') text += '\n';
    },
  });
  return text.replaceAll(/\n\s*\n/g, '\n').trim();
}

function walk(files: Files, name: string, handler: ElementHandler): void {
  const parser = new Parser(limitDepth(handler), { xmlMode: true });
  parser.end(plainXml(files.get(name) ?? Buffer.alloc(0)).toString('utf8'));
}
