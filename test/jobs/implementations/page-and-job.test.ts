import assert from 'node:assert/strict';
import { readFile, unlink } from 'node:fs/promises';
import {
  areaOnPlane,
  emptyTile,
  mergedView,
  resultRoles,
  shownInView,
  sourcesOf,
} from '../../../pages/curate/logic/merged-view';
import { isNumbered, numberingOf, numbersRole } from '../../../pages/curate/logic/numbering';
import { touching } from '../../../pages/curate/logic/touching';
import { type PlacedTile, sameTile, tilesWithin } from '../../../pages/shared/logic/tile-grid';
import type { LoadedTile } from '../../../pages/shared/logic/tile-loader';
import { Random } from '../../../src/base/random';
import {
  type Decision,
  drawingOf,
  type Mark,
  type Point,
  regionsOfShapes,
  type Shape,
  type Stroke,
} from '../../../src/curation/decision';
import type { CuratedRole, CuratedTile, ImageView } from '../../../src/curation/page-api';
import type { ImageDescription } from '../../../src/image/description';
import { viewAs } from '../../../src/image/dtype';
import type { Shape5 } from '../../../src/image/region';
import { applyDecisionJob } from '../../../src/jobs/implementations/apply-decision';
import { excludeRegionsJob } from '../../../src/jobs/implementations/exclude-regions';
import { mergeMasksJob } from '../../../src/jobs/implementations/merge-masks';
import { pictureJob, stackPictureJob } from '../../../src/jobs/implementations/picture';
import { pictureInfoJob } from '../../../src/jobs/implementations/picture-info';
import { type ObjectName, PAINTED_NUMBER, UNKNOWN_NUMBER } from '../../../src/masks/object-names';
import { type Base, drawingRasteriser, FOREGROUND, UNKNOWN } from '../../../src/masks/target';
import type { Sample } from '../../../src/samples/sample';
import type { DrawnAs } from '../../../src/views/open-picture';
import { pixelsOf, Workbench } from './workbench';

type Role = CuratedRole;
const PURPOSES: Record<Role, DrawnAs | null> = {
  raw: null,
  seg1: 'segmentation',
  seg2: 'segmentation',
  numbers1: 'numbers',
  numbers2: 'numbers',
  mergeMask: 'mask',
  excludeMask: 'mask',
};
/** Some wider than a tile, which is 512 pixels. */
const SHAPES: Shape5[] = [
  [1, 1, 1, 40, 60],
  [1, 1, 4, 30, 50],
  [1, 1, 3, 12, 530],
  [2, 1, 2, 24, 36],
];
const SAMPLES = 16;

function asForeground(value: number): number {
  if (value === 0 || value === UNKNOWN) return value;
  return value === UNKNOWN_NUMBER ? UNKNOWN : FOREGROUND;
}

describe('the curation page and the jobs', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  for (let seed = 0; seed < SAMPLES; seed++) {
    it(`agree on target and weight of a random sample and decision, ${seed}`, async () => {
      const random = new Random(100 + seed);
      const shape = SHAPES[seed % SHAPES.length];
      const fromNothing = seed % 4 === 1;
      const sample = await randomSample(bench, random, shape, seed, fromNothing && seed % 8 === 1);
      const decision = randomDecision(random, shape, { fromNothing, changesObjects: seed % 2 === 1 || seed % 3 === 0 });
      const made = await applyDecisionJob({ sample, decision }, bench.context());
      assert.ok(made.target);
      const target = await pixelsOf(made.target);
      const weight = made.weight ? await pixelsOf(made.weight) : new Array(target.length).fill(1);
      const page = await Page.open(bench, sample, decision);
      const shown = new Set<string>();
      // The page numbers objects otherwise, but what is one in the target is one there.
      const shownAs = new Map<number, number>();
      let numbered = 0;
      for (let t = 0; t < shape[0]; t++) {
        for (const { view, at, tile, excluded } of await page.tiles(t)) {
          const positions = positionsOf(shape, t, view, at, tile);
          const name = `${view} ${at} of time ${t}`;
          // The maximum along z is compared as such.
          const of = (pixels: number[], reach: (values: number[]) => number) =>
            positions.map((all) => reach(all.map((i) => pixels[i])));
          // A mask that people number no object of is foreground alone.
          const isNumbers = tile.pixels instanceof Uint32Array && made.target.dtype === 'uint32';
          const found = Array.from(tile.pixels, (value) =>
            tile.pixels instanceof Uint32Array ? asForeground(value) : value,
          );
          assert.deepEqual(
            found,
            of(target.map(asForeground), (values) => Math.max(...values)),
            name,
          );
          if (isNumbers && view !== 'max') {
            numbered++;
            const expected = of(target, ([value]) => value);
            for (const [i, number] of expected.entries()) {
              const known = shownAs.get(number) ?? tile.pixels[i];
              shownAs.set(number, known);
              assert.equal(tile.pixels[i], known, `${name}, number ${number}`);
            }
          }
          if (excluded)
            assert.deepEqual(
              excluded,
              of(weight, ([value]) => 1 - value),
              `weight, ${name}`,
            );
          shown.add(view);
        }
      }
      // Only what is one as a whole there, for nobody named its parts, is several in the target.
      const alone = [...shownAs.values()].filter((number) => !page.isShared(number));
      assert.equal(new Set(alone).size, alone.length);
      assert.ok([...shownAs.keys()].every((number) => number < PAINTED_NUMBER || number === UNKNOWN_NUMBER));
      assert.equal(numbered > 0, made.target.dtype === 'uint32');
      assert.ok(shown.has('xy') && (shape[2] === 1 || shown.has('xz')), [...shown].join());
    });

    it(`agree with merge-masks and exclude-regions where these can say the same, ${seed}`, async () => {
      const random = new Random(100 + seed);
      const shape = SHAPES[seed % SHAPES.length];
      const sample = await randomSample(bench, random, shape, seed);
      const drawn = { ...randomDecision(random, shape), strokes: [], base: 'seg1' as const };
      // They take a mask image or polygons, not both.
      const decision = {
        ...drawn,
        merge: sample.mergeMask ? [] : drawn.merge,
        exclude: sample.excludeMask ? [] : drawn.exclude,
      };
      const made = await applyDecisionJob({ sample, decision }, bench.context());
      const regions = sample.mergeMask ?? regionsOfShapes(decision.merge);
      const merged = await mergeMasksJob({ sample, base: decision.base, regions }, bench.context());
      assert.ok(made.target);
      assert.deepEqual(await pixelsOf(made.target), await pixelsOf(merged));
      const without = sample.excludeMask ?? regionsOfShapes(decision.exclude);
      const excluded = await excludeRegionsJob({ sample, regions: without }, bench.context());
      if (made.weight) assert.deepEqual(await pixelsOf(made.weight), await pixelsOf(excluded));
      else assert.ok((await pixelsOf(excluded)).every((value) => value === 1));
    });
  }
});

/** A tile of the result as the page draws it, and what it shows as excluded, of a plane. */
interface Shown {
  view: CuratedTile['view'];
  at: number;
  tile: PlacedTile & { pixels: ArrayLike<number> };
  excluded: number[] | null;
}

/** What `TilePainter` and `Pane` do without a document, with tiles of the jobs that the page's routes call. */
class Page {
  private constructor(
    private readonly bench: Workbench,
    private readonly sample: Sample,
    private readonly decision: Decision,
    private readonly view: Pick<ImageView, 'pictures'>,
  ) {}

  static async open(bench: Workbench, sample: Sample, decision: Decision): Promise<Page> {
    const info = (role: Role) => {
      const image = imageOf(sample, role) as ImageDescription;
      return pictureInfoJob({ image, purpose: PURPOSES[role] }, bench.context());
    };
    const pictures: ImageView['pictures'] = { raw: await info('raw') };
    for (const role of ['seg1', 'seg2', 'numbers1', 'numbers2', 'mergeMask', 'excludeMask'] as const) {
      if (imageOf(sample, role)) pictures[role] = await info(role);
    }
    return new Page(bench, sample, decision, { pictures });
  }

  /** Tells whether a number stands for all of a mask, or all that was painted beside objects. */
  isShared(number: number): boolean {
    const { view, decision } = this;
    const roles = resultRoles(view, decision);
    assert.ok(roles);
    const isMask = (role: Base | null) => role !== null && role !== 'none' && numbersRole(view, role) === role;
    const [first, behind] = [1, numberingOf(roles.base).largest + 1];
    if (number === first && isMask(roles.base)) return true;
    return number === PAINTED_NUMBER || (number === behind && isMask(roles.other));
  }

  /** Every tile of every plane, of some sections and of the maximum, at full size. */
  async tiles(t: number): Promise<Shown[]> {
    const { raw } = this.view.pictures;
    const [, , planes, height, width] = raw.shape;
    const views: Array<[Shown['view'], number]> = Array.from({ length: planes }, (_, z) => ['xy', z]);
    if (planes > 1) views.push(['xz', Math.floor(height / 2)], ['yz', Math.floor(width / 3)], ['max', 0]);
    const shown: Shown[] = [];
    for (const [view, at] of views) shown.push(...(await this.tilesOf(view, at, t)));
    return shown;
  }

  private async tilesOf(view: Shown['view'], at: number, t: number): Promise<Shown[]> {
    const { decision, view: image } = this;
    const roles = resultRoles(image, decision);
    assert.ok(roles);
    const numbered = isNumbered(image, roles, decision);
    const sources = sourcesOf(image, roles, numbered);
    const grid = sources.base;
    const { raw, mergeMask: isMerged, [grid]: picture } = image.pictures;
    assert.ok(picture);
    if (!shownInView(decision, view, image)) return [];
    const [, , planes, height, width] = raw.shape;
    const choice = { image: grid, view, t, c: 0, at, planes };
    const area = {
      u0: 0,
      v0: 0,
      u1: view === 'yz' ? height : width,
      v1: view === 'xz' || view === 'yz' ? planes : height,
    };
    const shown: Shown[] = [];
    for (const placed of tilesWithin(picture, choice, 0, area)) {
      const plane = view === 'xy' ? at : 0;
      const near = touching(decision, areaOnPlane(placed), view === 'xy' ? plane : null).decision;
      const drawn = shownInView(near, view, image);
      assert.ok(drawn);
      const images = {
        base: grid === 'raw' ? emptyTile(placed) : await this.load(placed, grid, plane),
        other: sources.other && (await this.load(placed, sources.other, plane)),
        mergeMask: isMerged && roles.other ? await this.load(placed, 'mergeMask', plane) : null,
      };
      const merged = mergedView(drawn, images, placed, {
        ...{ tile: raw.tile, z: plane },
        numbering: numbered ? numberingOf(roles.base) : null,
      });
      assert.ok(merged);
      const excluded = view === 'xy' ? await this.excluded(placed, plane) : null;
      shown.push({ view, at, tile: { ...placed, pixels: merged.pixels }, excluded });
    }
    return shown;
  }

  /** The layer of the excluding mask, and the shapes over it. */
  private async excluded(placed: PlacedTile, plane: number): Promise<number[]> {
    const mask = this.view.pictures.excludeMask ? await this.load(placed, 'excludeMask', plane) : null;
    const [height, width] = placed.size;
    const part = { z: plane, y: placed.area.v0, x: placed.area.u0, height, width, step: 1 };
    const { exclude } = drawingRasteriser(drawingOf(this.decision))(part);
    return Array.from({ length: height * width }, (_, i) => (mask?.pixels[i] || exclude?.[i] ? 1 : 0));
  }

  private async load(placed: PlacedTile, role: Role, plane: number): Promise<LoadedTile> {
    const picture = this.view.pictures[role];
    assert.ok(picture);
    const { image: _, version: __, ...tile } = sameTile(placed, role, picture, plane);
    const input = { image: imageOf(this.sample, role) as ImageDescription, purpose: PURPOSES[role], tile };
    const { bench } = this;
    const { path, shape, dtype } =
      tile.view === 'xy' ? await pictureJob(input, bench.context()) : await stackPictureJob(input, bench.context());
    const bytes = new Uint8Array(await readFile(path));
    await unlink(path);
    return { pixels: viewAs(dtype, bytes), size: shape };
  }
}

function imageOf(sample: Sample, role: Role): unknown {
  return sample[role === 'numbers1' ? 'seg1' : role === 'numbers2' ? 'seg2' : role];
}

/** For each pixel of a tile the pixels of the image, [t, 1, z, y, x], that it shows. */
function positionsOf([, , depth, height, width]: Shape5, t: number, view: Shown['view'], at: number, tile: PlacedTile) {
  const [rows, columns] = tile.size;
  const place = (z: number, y: number, x: number) => ((t * depth + z) * height + y) * width + x;
  return Array.from({ length: rows * columns }, (_, i) => {
    const [v, u] = [tile.area.v0 + Math.floor(i / columns), tile.area.u0 + (i % columns)];
    if (view === 'xy') return [place(at, v, u)];
    if (view === 'xz') return [place(v, at, u)];
    if (view === 'yz') return [place(v, u, at)];
    return Array.from({ length: depth }, (_, z) => place(z, v, u));
  });
}

/** Segmentations of labels; masks of the extent of the image, of one plane or of one time, or none. */
async function randomSample(
  bench: Workbench,
  random: Random,
  shape: Shape5,
  seed: number,
  isBare = false,
): Promise<Sample> {
  const write = (name: string, size: Shape5, inside: (value: number) => number) => {
    const pixels = Uint8Array.from({ length: size.reduce((a, b) => a * b) }, () => inside(random.uniform()));
    return bench.image(`${name}-${seed}-${random.integer(2 ** 30)}.ome.tiff`, size, pixels);
  };
  const seg = (name: string) => write(name, shape, (value) => (value < 0.5 ? 0 : 1 + Math.floor(value * 9)));
  const mask = (name: string) => {
    const [t, c, z, y, x] = shape;
    const sizes: Array<Shape5 | null> = [null, shape, [t, c, 1, y, x], [1, c, z, y, x], [1, c, 1, y, x]];
    const size = sizes[random.integer(sizes.length)];
    return size && write(name, size, (value) => (value < 0.6 ? 0 : 255));
  };
  const sample: Sample = {
    id: `sample-${seed}`,
    raw: await write('raw', shape, (value) => Math.floor(value * 256)),
    ...(isBare
      ? {}
      : {
          seg1: partlyUnknown(await seg('seg1'), seed % 3 === 0),
          seg2: partlyUnknown(await seg('seg2'), seed % 4 === 0),
        }),
  };
  const [mergeMask, excludeMask] = [await mask('merge'), await mask('exclude')];
  return { ...sample, ...(mergeMask ? { mergeMask } : {}), ...(excludeMask ? { excludeMask } : {}) };
}

/** A segmentation of which some is unknown: one of its labels. */
function partlyUnknown(image: ImageDescription, is: boolean): ImageDescription {
  return is ? { ...image, unknown: { kind: 'values', values: [7] } } : image;
}

function randomDecision(
  random: Random,
  [times, , depth, height, width]: Shape5,
  { fromNothing = false, changesObjects = false } = {},
): Decision {
  const several = <T>(most: number, make: () => T): T[] => Array.from({ length: random.integer(most + 1) }, make);
  // Imported polygons have all their digits, drawn ones sixteenths of a pixel.
  const isDrawn = random.uniform() < 0.5;
  const coordinate = (length: number) => {
    const value = random.range(-5, length + 5);
    return isDrawn ? Math.round(value * 16) / 16 : value;
  };
  const points = (count: number) => Array.from({ length: count }, (): Point => [coordinate(width), coordinate(height)]);
  const planes = (): [number, number] | null => {
    if (random.uniform() < 0.6) return null;
    const first = random.integer(depth);
    return [first, first + random.integer(depth - first)];
  };
  const shape = (): Shape => {
    const holes = several(1, () => points(3));
    return { rings: [points(3 + random.integer(5)), ...holes], z: planes() };
  };
  const object = (): ObjectName => {
    const of = (['seg1', 'seg2', 'new'] as const)[random.integer(3)];
    return { of, number: of === 'new' ? random.integer(4) : 5 + random.integer(4) };
  };
  const time = () => (times > 1 && random.uniform() < 0.7 ? { t: random.integer(times) } : {});
  const mark = (): Mark => {
    const kind = random.uniform();
    if (!changesObjects || kind < 0.4) return stroke();
    if (kind < 0.6) return { ...stroke(), value: 1, object: object(), ...time() };
    const outline = random.uniform() < 0.5 ? { outline: points(3 + random.integer(4)) } : {};
    return { object: object(), becomes: random.uniform() < 0.4 ? null : object(), ...outline, z: planes(), ...time() };
  };
  const stroke = (): Stroke => {
    const isFilled = random.uniform() < 0.4;
    return {
      points: points(isFilled ? 3 + random.integer(4) : 1 + random.integer(3)),
      radius: isFilled ? 0 : random.range(0, 6),
      value: random.uniform() < 0.5 ? 0 : 1,
      z: planes(),
      ...(isFilled ? { filled: true } : {}),
    };
  };
  return {
    state: 'used',
    reason: null,
    base: fromNothing ? 'none' : random.uniform() < 0.5 ? 'seg1' : 'seg2',
    merge: fromNothing ? [] : several(2, shape),
    exclude: several(2, shape),
    strokes: several(fromNothing || changesObjects ? 8 : 3, mark),
  };
}
