import assert from 'node:assert/strict';
import type { ImageDescription } from '../../src/image/description';
import { rankObjectsJob } from '../../src/jobs/implementations/rank-objects';
import { thresholdJob } from '../../src/jobs/implementations/threshold';
import { orientationFrom } from '../../src/stage/calibration';
import type { Candidate } from '../../src/stage/objects';
import { type Axes, type Linear, orientationOf, type Point } from '../../src/stage/orientation';
import { stagePlaces } from '../../src/stage/place';
import { Workbench } from '../jobs/implementations/workbench';
import { type Camera, type Field, simulateField, takeTile } from './simulated-stage';

const FIELD = simulateField({ count: 110, side: 400, seed: 3 });
/** As people calibrate: a field with nothing but one bead. */
const BEAD = { objects: [{ x: 7.3, y: -11.9, radius: 5 }] };
const CAMERA = { pixelSize: { x: 0.65, y: 0.65 }, height: 160, width: 220 };
const TILES: Point[] = [
  { x: -80, y: -70 },
  { x: 60, y: -60 },
  { x: -60, y: 75 },
  { x: 45, y: 60 },
];

/** An image as it comes from the microscope, and the objects in it that are whole. */
interface Seen {
  image: ImageDescription;
  found: Candidate[];
}

/** Objects of tiles that were taken from a simulated field, found and brought back to the stage. */
describe('a simulated stage', () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.open();
  });
  after(() => bench.close());
  let tiles = 0;

  const look = async (camera: Camera, stage: Point, field: Field = FIELD): Promise<Seen> => {
    const pixels = takeTile(field, camera, stage);
    const { height, width, pixelSize } = camera;
    const options = { pixelSize: { z: null, ...pixelSize } };
    const plain = await bench.image(`tile${tiles++}.ome.tiff`, [1, 1, 1, height, width], pixels, options);
    const image = { ...plain, acquisition: { stage: { z: 12, ...stage } } };
    const settings = {
      method: 'value',
      value: 100,
      minSize: null,
      fillHoles: false,
      label: false,
      connectivity: 'faces',
    } as const;
    const input = { image, settings, model: null, raw: image, id: image.id, known: 'renew' } as const;
    const { objects } = (await thresholdJob(input, bench.context())).metrics;
    const ranking = { image, objects, by: 'largest', inside: true, labels: null, probability: null } as const;
    const { candidates } = await rankObjectsJob(ranking, bench.context());
    assert.ok(candidates.length >= (field === FIELD ? 4 : 1), `${candidates.length} whole objects`);
    return { image, found: candidates };
  };

  const nearestTo = ({ x, y }: Point) =>
    Math.min(...FIELD.objects.map((object) => Math.hypot(object.x - x, object.y - y)));
  const recovered = ({ image, found }: Seen, orientation: Linear): number[] => {
    const place = stagePlaces(image, { orientation, flipZ: false, anchor: 'centre', position: null });
    return found.map(({ centroid }) => {
      const at = place(centroid);
      assert.equal(at.z, 12);
      return nearestTo(at);
    });
  };

  const STAGES: Record<string, Axes> = {
    'as the image': { flipX: false, flipY: false, rotation: 0 },
    'mirrored along x': { flipX: true, flipY: false, rotation: 0 },
    'mirrored along y and turned by a quarter': { flipX: false, flipY: true, rotation: 90 },
    'turned by 33.5 degrees': { flipX: false, flipY: false, rotation: 33.5 },
    'mirrored along both and turned by 187 degrees': { flipX: true, flipY: true, rotation: 187 },
  };
  for (const [name, axes] of Object.entries(STAGES)) {
    it(`that lies ${name}: positions are right to half a pixel`, async () => {
      const off: number[] = [];
      for (const stage of TILES) off.push(...recovered(await look({ axes, ...CAMERA }, stage), orientationOf(axes)));
      assert.ok(off.length >= 16, `${off.length} objects`);
      assert.ok(Math.max(...off) < CAMERA.pixelSize.x / 2, `${Math.max(...off)} µm`);
      // The same with another lie is wrong by far, so that the test can tell.
      const wrong = recovered(
        await look({ axes, ...CAMERA }, TILES[0]),
        orientationOf({ ...axes, flipX: !axes.flipX }),
      );
      assert.ok(Math.max(...wrong) > 5);
    });
  }

  it('is calibrated from one object, seen from four places of the stage', async () => {
    const camera = { axes: { flipX: true, flipY: false, rotation: 21 }, ...CAMERA };
    const points: Array<{ pixel: Point; stage: Point }> = [];
    for (const [x, y] of [
      [0, 0],
      [42, 3],
      [-5, 39],
      [-37, -34],
    ]) {
      const stage = { x: BEAD.objects[0].x + x, y: BEAD.objects[0].y + y };
      const { found } = await look(camera, stage, BEAD);
      assert.equal(found.length, 1);
      points.push({ pixel: found[0].centroid, stage });
    }
    const plain = points.map(({ pixel: { x, y }, stage }) => ({ pixel: { x, y }, stage }));
    const fit = orientationFrom({ points: plain, pixelSize: CAMERA.pixelSize }, 'calibration');
    assert.ok(fit.residual < 0.2, `${fit.residual} µm`);
    const off = (await Promise.all(TILES.map((stage) => look(camera, stage)))).flatMap((seen) =>
      recovered(seen, fit.linear),
    );
    assert.ok(Math.max(...off) < CAMERA.pixelSize.x / 2, `${Math.max(...off)} µm`);
  });
});
