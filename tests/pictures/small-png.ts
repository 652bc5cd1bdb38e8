import UPNG from 'upng-js';

const COLOURS = 128;

/** The same picture with a palette, which is a third of its size. */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = readPng(png);
  return Buffer.from(UPNG.encode([pixels], width, height, COLOURS));
}

/** RGBA, row by row. */
interface Pixels {
  width: number;
  height: number;
  pixels: ArrayBuffer;
}

function readPng(png: Buffer): Pixels {
  const image = UPNG.decode(new Uint8Array(png).buffer);
  const [pixels] = UPNG.toRGBA8(image);
  if (pixels === undefined) throw new Error('The picture is empty.');
  return { width: image.width, height: image.height, pixels };
}

/** How a picture differs from another one. */
export interface Difference {
  /** Width and height of both, in pixels. */
  sizes: [number, number][];
  /** The part of the pixels that both have which differ, from 0 to 1. */
  share: number;
}

/** What differs so little is the same: colours of edges and of the palette. */
const SAME = 48;

export function difference(one: Buffer, other: Buffer): Difference {
  const [a, b] = [readPng(one), readPng(other)];
  const [left, right] = [new Uint8Array(a.pixels), new Uint8Array(b.pixels)];
  const [width, height] = [Math.min(a.width, b.width), Math.min(a.height, b.height)];
  let differing = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [p, q] = [(y * a.width + x) * 4, (y * b.width + x) * 4];
      if ([0, 1, 2].some((part) => Math.abs((left[p + part] ?? 0) - (right[q + part] ?? 0)) > SAME)) differing += 1;
    }
  }
  return {
    sizes: [
      [a.width, a.height],
      [b.width, b.height],
    ],
    share: differing / (width * height),
  };
}
