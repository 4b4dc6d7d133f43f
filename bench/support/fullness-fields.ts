import { Random } from '../../src/base/random';

/** An image and its mask (not 0 in the foreground), C order over [height, width]. */
export interface Picture {
  id: string;
  width: number;
  height: number;
  raw: Uint16Array<ArrayBuffer>;
  mask: Uint8Array<ArrayBuffer>;
}

/** Side of a block, about two nuclei; a field has so many blocks a side. */
const BLOCK = 64;
const BLOCKS = 7;
/** Pixels at the border of the block in the middle that are not judged: those beyond differ from field to field. */
const BORDER = 8;
/** Side of a field. */
export const FIELD = BLOCK * BLOCKS;

interface Block {
  y: number;
  x: number;
  /** foreground pixels */
  foreground: number;
}

/**
 * A field of 448 x 448 from the pixels of one image: always the same block in the middle, and around it more or fewer
 * copies of the image's fullest block; pixels of its dark background, drawn at random, are everywhere else.
 * @param share foreground by all pixels that shall not be exceeded
 */
export function fieldOf(picture: Picture, share: number): Picture & { share: number } {
  const random = new Random(1, 0);
  const blocks = blocksOf(picture).sort((a, b) => b.foreground - a.foreground);
  const [fullest] = blocks;
  // A block that is a third full gives a field of 0.7 %.
  const wanted = BLOCK ** 2 / 3;
  const distance = ({ foreground }: Block) => Math.abs(foreground - wanted);
  const middle = blocks.reduce((best, block) => (distance(block) < distance(best) ? block : best));
  const dark = darkBackground(picture);
  const field: Picture = {
    id: `${picture.id}-${share}`,
    width: FIELD,
    height: FIELD,
    raw: Uint16Array.from({ length: FIELD ** 2 }, () => dark[random.integer(dark.length)]),
    mask: new Uint8Array(FIELD ** 2),
  };
  const centre = (BLOCKS ** 2 - 1) / 2;
  copyBlock(picture, middle, field, centre);
  let { foreground } = middle;
  for (const place of random.shuffled([...Array(BLOCKS ** 2).keys()].filter((place) => place !== centre))) {
    if (foreground + fullest.foreground > share * FIELD ** 2) break;
    copyBlock(picture, fullest, field, place);
    foreground += fullest.foreground;
  }
  return { ...field, share: foreground / FIELD ** 2 };
}

/** What is judged: the pixels of the middle block, which all fields of an image share. */
export function middleOf(pixels: ArrayLike<number>): Uint8Array {
  const side = BLOCK - 2 * BORDER;
  const from = (FIELD - side) / 2;
  return Uint8Array.from({ length: side ** 2 }, (_, i) => {
    const [y, x] = [from + Math.floor(i / side), from + (i % side)];
    return pixels[y * FIELD + x] === 0 ? 0 : 1;
  });
}

/** 2 |A and B| / (|A| + |B|); 1 where both are empty. */
export function dice(a: Uint8Array, b: Uint8Array): number {
  let [both, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i] & b[i];
    sum += a[i] + b[i];
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}

function blocksOf({ width, height, mask }: Picture): Block[] {
  const blocks: Block[] = [];
  for (let y = 0; y + BLOCK <= height; y += BLOCK / 4) {
    for (let x = 0; x + BLOCK <= width; x += BLOCK / 4) {
      let foreground = 0;
      for (let row = y; row < y + BLOCK; row++) {
        for (let i = row * width + x; i < row * width + x + BLOCK; i++) if (mask[i] !== 0) foreground++;
      }
      blocks.push({ y, x, foreground });
    }
  }
  return blocks;
}

/** The darker half of the background: what lies away from objects. */
function darkBackground({ raw, mask }: Picture): Uint16Array {
  const background = raw.filter((_, i) => mask[i] === 0).sort();
  return background.subarray(0, background.length >> 1);
}

/** @param place of the block in the field, row by row */
function copyBlock(from: Picture, { y, x }: Block, to: Picture, place: number): void {
  const [toY, toX] = [Math.floor(place / BLOCKS) * BLOCK, (place % BLOCKS) * BLOCK];
  for (let row = 0; row < BLOCK; row++) {
    const start = (y + row) * from.width + x;
    const at = (toY + row) * to.width + toX;
    to.raw.set(from.raw.subarray(start, start + BLOCK), at);
    to.mask.set(from.mask.subarray(start, start + BLOCK), at);
  }
}
