import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';

const require = createRequire(inRoot('package.json'));
const [HEIGHT, WIDTH] = [240, 320];
const RADIUS = 8;
const RING = [
  [100, 40],
  [160, 40],
  [160, 100],
  [100, 100],
];

process.env.SEGMENTER_BACKENDS ??= 'onnx/cpu';

describe('painting from nothing, to a model that is trained with it', function () {
  this.timeout(120_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-paint-'));
  const curated = [];
  const scores = [];
  let host;
  let browser;
  let page;

  before(async function () {
    browser = await launchChromium(this);
    await writeRaw(path.join(userDir, 'raw'));
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow()));
    host = await startNodeRed({ userDir, port: 25_880, settings: { functionGlobalContext: { curated, scores } } });
    await host.started;
    const url = `${host.url}segmenter/curate/curate1/`;
    await until(async () => (await (await fetch(`${url}queue`)).json()).items?.length === 1, 'the sample is not up');
    page = await (await CurationPage.open(browser, url)).ready();
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('paints, fills and erases, sends on, and the target has exactly these pixels', async () => {
    await page.actualSize();
    await page.polygon('a', [
      [20, 20],
      [61, 20],
      [61, 60],
      [20, 60],
    ]);
    await page.press('p');
    for (const [i, from] of RING.entries()) await page.drag(from, RING[(i + 1) % RING.length]);
    await page.press('f');
    await page.click([130, 70]);
    await page.press('o');
    await page.drag([40, 40], [50, 40]);
    await page.press('u');
    await page.saved();
    page.noProblems();
    await page.page.getByRole('button', { name: 'Finish' }).click();
    await page.page.getByRole('button', { name: 'Send on 1 images' }).click();
    await until(() => curated.length === 1, 'no sample came');
    const [sample] = curated;
    assert.deepEqual([sample.base, sample.seg1, sample.seg2], [undefined, undefined, undefined]);
    const { readAll } = require('./dist/src/formats/image-reader.js');
    const { data } = await readAll(sample.target);
    let foreground = 0;
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const value = data[y * WIDTH + x];
        assert.equal(value, expected(x, y) ? 255 : 0, `${x}, ${y}`);
        foreground += Number(value > 0);
      }
    }
    // The square of 42 x 41 without the eraser, and the ring with its inside.
    assert.ok(foreground > 1300 + 70 * 70, String(foreground));
  });

  it('is learned from: a model comes of it, with a score', async () => {
    await until(() => scores.length === 1, 'no score came');
    const [{ count, mean }] = scores;
    assert.equal(count, 1);
    // What is painted is bright in the image: not to find any of it would be a fault.
    assert.ok(mean.dice > 0.5 && mean.dice <= 1, `Dice ${mean.dice}`);
    const { data } = JSON.parse(readFileSync(path.join(userDir, 'models', 'painted', 'v1', 'model.json'), 'utf8'));
    assert.deepEqual(
      data.map(({ id }) => id),
      curated.map(({ id }) => id),
    );
  });

  function flow() {
    const keep = 'global.get("curated").push(msg.payload); return msg;';
    const again =
      'return { model: msg.model, payload: global.get("curated")[0], parts: { id: "again", index: 0, count: 1 } };';
    const score = 'global.get("scores").push(msg.payload);';
    return [
      { id: 'tab', type: 'tab', label: 'paint' },
      { id: 'go', type: 'inject', z: 'tab', once: true, onceDelay: 0.5, payloadType: 'date', wires: [['curate1']] },
      {
        ...{ id: 'curate1', type: 'segmenter-curate', z: 'tab', name: 'Paint' },
        ...{ folder: path.join(userDir, 'review'), folderType: 'str', raw: path.join(userDir, 'raw'), rawType: 'str' },
        wires: [['keep'], []],
      },
      { id: 'keep', type: 'function', z: 'tab', func: keep, outputs: 1, wires: [['patch']] },
      { id: 'patch', type: 'segmenter-patch', z: 'tab', sizeY: 64, sizeX: 64, perImage: 8, wires: [['train']] },
      {
        ...{ id: 'train', type: 'segmenter-train', z: 'tab', model: 'painted', modelType: 'str', modelSize: 'small' },
        ...{ levels: '3', epochs: 100, validation: 0, wires: [['again'], []] },
      },
      { id: 'again', type: 'function', z: 'tab', func: again, outputs: 1, wires: [['predict']] },
      { id: 'predict', type: 'segmenter-predict', z: 'tab', model: 'model', modelType: 'msg', wires: [['threshold']] },
      { id: 'threshold', type: 'segmenter-threshold', z: 'tab', from: 'probability', wires: [['evaluate']] },
      {
        id: 'evaluate',
        type: 'segmenter-evaluate',
        z: 'tab',
        predicted: 'mask',
        truth: 'target',
        wires: [[], ['score']],
      },
      { id: 'score', type: 'function', z: 'tab', func: score, outputs: 0, wires: [] },
    ];
  }
});

/** By distances alone, apart from what the page and the node share. */
function expected(x, y) {
  const near = ([ax, ay], [bx, by]) => {
    const [px, py] = [
      Math.min(Math.max(x, Math.min(ax, bx)), Math.max(ax, bx)),
      Math.min(Math.max(y, Math.min(ay, by)), Math.max(ay, by)),
    ];
    return (x - px) ** 2 + (y - py) ** 2 <= RADIUS ** 2;
  };
  const isErased = near([40, 40], [50, 40]);
  const inSquare = x >= 20 && x <= 61 && y >= 20 && y <= 60;
  const inRing = x >= 100 && x <= 160 && y >= 40 && y <= 100;
  const onRing = RING.some((from, i) => near(from, RING[(i + 1) % RING.length]));
  return !isErased && (inSquare || inRing || onRing);
}

async function writeRaw(folder) {
  const { createImageWriter } = require('./dist/src/formats/index.js');
  mkdirSync(folder, { recursive: true });
  const channels = [{ index: 0, name: 'raw' }];
  const info = { shape: [1, 1, 1, HEIGHT, WIDTH], dtype: 'uint16', channels, pixelSize: { z: 1, y: 0.5, x: 0.5 } };
  const writer = await createImageWriter(path.join(folder, 'f0.ome.tiff'), info, 'ome-tiff');
  // Noise, and what will be painted stands out of it.
  const pixels = Uint16Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
    const isBright = expected(i % WIDTH, Math.floor(i / WIDTH));
    return ((i * 7919) % 500) + (isBright ? 1500 : 0);
  });
  await writer.write(pixels);
  await writer.finish();
}

async function until(isSo, otherwise) {
  for (const end = Date.now() + 60_000; !(await isSo()); ) {
    if (Date.now() > end) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
