import { crc32 } from 'node:zlib';

/** A PNG with a palette, as libvips does not give it: it turns indices into colours. */
export interface IndexedPng {
  /** the same PNG whose indices are declared as grey values */
  grey: Buffer;
  /** the factor by which a decoder spreads grey values of less than 8 bits */
  spread: number;
  /** red, green, blue and alpha of each index */
  palette: Uint8Array<ArrayBuffer>;
}

/** Told of a palette where it is an image; of labels it goes without saying. */
export const INDICES_ARE_READ =
  'holds colours of a palette: their indices are read; save it as RGB where the colours are meant';

const SIGNATURE_BYTES = 8;
const HEADER_BYTES = 25;
const PALETTE_COLOUR = 3;
const GREY = 0;

/**
 * Reads the palette of a PNG and the PNG of its indices (ISO/IEC 15948, 11.2: IHDR, PLTE, IDAT, tRNS); null where it has
 * none. Nothing is decoded here.
 */
export function indexedPng(png: Buffer): IndexedPng | null {
  const chunks = chunksOf(png);
  const header = chunks[0]?.type === 'IHDR' ? chunks[0].data : null;
  const colours = chunks.find(({ type }) => type === 'PLTE')?.data;
  if (header?.length !== 13 || header[9] !== PALETTE_COLOUR || !colours) return null;
  const opacity = chunks.find(({ type }) => type === 'tRNS')?.data ?? Buffer.alloc(0);
  const palette = new Uint8Array(4 * Math.floor(colours.length / 3)).fill(255);
  for (let i = 0; 4 * i < palette.length; i++) {
    palette.set(colours.subarray(3 * i, 3 * i + 3), 4 * i);
    if (i < opacity.length) palette[4 * i + 3] = opacity[i];
  }
  const asGrey = Buffer.from(png.subarray(SIGNATURE_BYTES, SIGNATURE_BYTES + HEADER_BYTES));
  asGrey[8 + 9] = GREY;
  asGrey.writeUInt32BE(crc32(asGrey.subarray(4, 4 + 4 + 13)), HEADER_BYTES - 4);
  const kept = chunks.filter(({ type }) => type === 'IDAT' || type === 'IEND').map(({ whole }) => whole);
  const spread = 255 / (2 ** header[8] - 1);
  return { grey: Buffer.concat([png.subarray(0, SIGNATURE_BYTES), asGrey, ...kept]), spread, palette };
}

/**
 * Gives the grey value of each index of a palette, red, green, blue and alpha each; null where it has colours or
 * transparency.
 */
export function greysOf(palette: Uint8Array): Uint8Array | null {
  const greys = new Uint8Array(256);
  for (let at = 0; at < palette.length; at += 4) {
    const [red, green, blue, alpha] = palette.subarray(at, at + 4);
    if (red !== green || green !== blue || alpha !== 255) return null;
    greys[at / 4] = red;
  }
  return greys;
}

/** Chunks: length, type, data, checksum. */
function chunksOf(png: Buffer): { type: string; data: Buffer; whole: Buffer }[] {
  const chunks: { type: string; data: Buffer; whole: Buffer }[] = [];
  for (let at = SIGNATURE_BYTES; at + 12 <= png.length; ) {
    const end = at + 12 + png.readUInt32BE(at);
    const whole = png.subarray(at, end);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: whole.subarray(8, -4), whole });
    at = end;
  }
  return chunks;
}
