import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { CuratedTile } from '../src/curation/page-api';
import type { ImageDescription } from '../src/image/description';
import type { Shape5 } from '../src/image/region';
import { type Bench, withHost } from './support/host';
import { measure, report } from './support/measure';
import { writeVolume } from './support/stand-ins';
import { step } from './support/steps';

const SHAPES: Shape5[] = [
  [1, 1, 1, 4096, 4096],
  [1, 1, 64, 2048, 2048],
  [1, 1, 2000, 512, 512],
];

type View = Omit<CuratedTile, 'image'>;

/** What the curation page asks for, through the job host: uint16, uncompressed. */
async function main(): Promise<void> {
  await withHost(async (bench) => {
    for (const shape of SHAPES) await measureImage(bench, shape);
  });
}

async function measureImage(bench: Bench, shape: Shape5): Promise<void> {
  const name = `pictures: ${shape.slice(2).join(' x ')}`;
  const image = await writeVolume(path.join(bench.folder, `${shape.join('-')}.ome.tiff`), shape, 'none');
  const { levels } = await step(`${name}, levels and ranges`, () =>
    bench.host.run('picture-info', { image, purpose: null }),
  );
  const top = levels.length - 1;
  const view: View = { view: 'xy', t: 0, c: 0, at: 0, level: 0, row: 0, column: 0 };
  const several = async (what: string, next: (i: number) => View) => {
    let i = 0;
    const timing = await measure(() => tile(bench, image, next(i++)), { warmUps: 1, runs: 15 });
    report(`${name}, ${what}`, timing, {});
  };
  await several('a tile', (i) => ({ ...view, at: i % shape[2] }));
  if (top > 0) await several('whole plane, first time', (i) => ({ ...view, level: top, at: i % shape[2] }));
  if (top > 0) await several('whole plane, again', () => ({ ...view, level: top }));
  if (shape[2] === 1) return;
  const max: View = { ...view, view: 'max', level: top };
  await step(`${name}, maximum, first time`, () => tile(bench, image, max));
  await several('maximum, again', () => max);
  await several('section xz', (i) => ({ ...view, view: 'xz', at: (i * 17) % shape[3] }));
  await several('section yz', (i) => ({ ...view, view: 'yz', at: (i * 17) % shape[4] }));
}

/** As the route does: the job, the file, its removal. */
async function tile({ host }: Bench, image: ImageDescription, request: View): Promise<void> {
  const job = request.view === 'xy' ? 'picture' : 'stack-picture';
  const { path: file } = await host.run(job, { image, purpose: null, tile: request });
  await readFile(file);
  await rm(file);
}

void main();
