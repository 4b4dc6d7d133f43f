import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { evaluationReport } from '../../dist/src/reports/evaluation-report.js';
import { reportTexts } from '../../dist/src/reports/texts/index.js';
import { trainingReport } from '../../dist/src/reports/training-report.js';
import { launchChromium } from './support/chromium.mjs';

const HOSTILE = `<img src="http://example.invalid/x" onerror="document.title='ran'"><script>document.title='ran'</script>`;
/** A pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
/** Pixels between the margins of a sheet of A4. */
const SHEET = 688;

const SOFTWARE = { package: 'p', version: '1', node: '22', onnxruntime: null, system: 's', processor: 'c' };

/** A report of so many images, the first of them named to do harm. */
function reportOf(images) {
  const { rows, ...scores } = scoresOf(images);
  const request = {
    ...{ ...scores, title: 'How good?', predicted: 'mask', truth: 'target', rows },
    ...{ failed: [{ id: HOSTILE, node: 'load', message: HOSTILE }], models: [], thresholds: [HOSTILE], pictures: [] },
    ...{ notes: [HOSTILE], file: null },
  };
  return evaluationReport(request, {
    ...{ cards: [], pictures: pictures() },
    files: rows.slice(0, 50).map(({ id, file }) => {
      const side = { uri: file, sha256: 'ab'.repeat(32) };
      return { id, raw: side, truth: side };
    }),
    ...{ defaults: {}, made: new Date(0), software: SOFTWARE },
  });
}

/** The report of a training, in German, whose words are longer: with a threshold for each image, and all that can be lacking. */
function trainingReportOf(images) {
  const scores = scoresOf(images);
  const card = {
    ...{ name: 'nuclei', version: 'v3', created: new Date(0).toISOString(), sha256: 'cd'.repeat(32), dimensions: 2 },
    ...{
      architecture: { type: 'residual-unet', filters: [16, 32], parameters: 123456 },
      channels: [{ name: HOSTILE }],
    },
    ...{ pixelSize: { z: null, y: 0.5, x: 0.5 }, patch: { z: null, y: 256, x: 256 }, threshold: 0.5 },
    ...{ normalisation: { method: 'background-contrast' }, metrics: { steps: 100 } },
    recipe: { settings: { epochs: 3 } },
    data: scores.rows.slice(0, 50).map(({ id, file }) => {
      const side = { uri: file, sha256: 'ab'.repeat(32) };
      return { id, split: 'train', images: { raw: side, target: side } };
    }),
  };
  const history = Array.from({ length: 30 }, (_, i) => ({
    ...{ epoch: i + 1, step: 10 * (i + 1), loss: 1 / (i + 1), validationDice: i % 5 ? null : i / 40, threshold: null },
    ...{ learningRate: 0.001, seconds: i },
  }));
  const matter = {
    scores: { ...scores, rows: scores.rows.map((row, i) => ({ ...row, threshold: 0.4 + (i % 20) / 100 })) },
    ...{ lacking: { maps: 1, parts: 2, objectParts: 3 }, isOfObjects: true, isCrossFitted: true },
    expected: { dice: 0.9, low: 0.8, high: 0.95, level: 0.9, images, files: images },
    ...{ objects: { averagePrecision: 0.8, meanAveragePrecision: 0.6 }, history, stages: [100, 100, 100], seconds: 60 },
    ...{ pictures: pictures(), failed: [{ id: HOSTILE, reason: HOSTILE }], notes: [HOSTILE], warnings: [HOSTILE] },
    ...{ software: SOFTWARE, defaults: {} },
  };
  return trainingReport(card, matter, reportTexts('de'));
}

function pictures() {
  const picture = { kind: 'worst', id: HOSTILE, dice: 0.5, png: PNG, plane: 3, missing: null };
  return [picture, { ...picture, kind: 'best', png: null, missing: HOSTILE }];
}

function scoresOf(images) {
  const rows = Array.from({ length: images }, (_, i) => {
    const dice = 0.5 + (0.5 * i) / images;
    return {
      ...{ id: i === 0 ? HOSTILE : `plate 1/well_${i}_${'long'.repeat(i % 9)}`, file: `file:///data/${i}.tif` },
      ...{ dice, iou: dice / (2 - dice), precision: dice, recall: dice, emptyReference: false },
      ...{ objectAp: dice, objectApMean: dice / 2, panopticQuality: dice / 2, nsd: dice, hd95: i === 1 ? null : 2 },
      ...{ splits: 1, merges: 0, countError: -1 },
      ...{ meanDistance: 1, ece: 0.03, brier: 0.02 },
    };
  });
  const calibration = Array.from({ length: 20 }, (_, k) => ({
    share: 0.05,
    predicted: k / 20,
    observed: (k / 20) ** 2,
  }));
  return {
    rows,
    ...{ surface: { tolerance: 0.325, unit: 'µm' }, surfacesDiffer: false },
    probability: { images, calibration, diceAt: Array.from({ length: 91 }, (_, k) => 0.9 - ((k - 45) / 90) ** 2) },
  };
}

describe('a report in a browser', function () {
  this.timeout(60_000);
  let browser;
  let folder;
  before(async function () {
    browser = await launchChromium(this);
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-report-'));
  });
  after(async () => {
    await browser?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  /** Opens it from the disk, and notes all that it asks for and says. */
  async function open(images, options = {}, of = reportOf) {
    const file = path.join(folder, `${of.name}-${images}.html`);
    writeFileSync(file, of(images));
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, ...options });
    const seen = [];
    page.on('request', (request) => request.url().startsWith('data:') || seen.push(request.url()));
    page.on('pageerror', (error) => seen.push(String(error)));
    page.on('console', (message) => seen.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    return { page, seen, own: pathToFileURL(file).href };
  }

  it('asks for nothing but itself, runs nothing, and shows hostile names as text', async () => {
    for (const colorScheme of ['light', 'dark']) {
      const { page, seen, own } = await open(40, { colorScheme });
      await page.waitForTimeout(200);
      assert.deepEqual(seen, [own]);
      assert.equal(await page.title(), 'How good?: report');
      assert.equal(await page.locator('script').count(), 0);
      assert.equal(await page.getByText('<script>').first().isVisible(), true);
      assert.equal(await page.locator('svg.chart[role=img][aria-label]').count(), 2);
      assert.equal(await page.locator('img').evaluate((image) => image.complete && image.naturalWidth), 1);
      await page.close();
    }
  });

  it('is readable in light and dark, and no wider than a small window or a sheet of paper', async () => {
    for (const [colorScheme, media, width, of] of [
      ['light', 'screen', 1100, reportOf],
      ['dark', 'screen', 480, reportOf],
      ['dark', 'print', SHEET, reportOf],
      ['light', 'screen', 1100, trainingReportOf],
      ['light', 'print', SHEET, trainingReportOf],
    ]) {
      const { page } = await open(40, { colorScheme, viewport: { width, height: 900 } }, of);
      await page.emulateMedia({ media, colorScheme });
      const found = await page.evaluate(measureLooks);
      assert.ok(found.contrast >= 4.5, `${colorScheme} ${media}: contrast ${found.contrast} of ${found.worst}`);
      assert.ok(found.overflow <= 0, `${of.name} ${colorScheme} ${media}: ${found.overflow} pixels too wide`);
      if (media === 'print') assert.equal(found.back, 'rgb(255, 255, 255)');
      await page.close();
    }
  });

  it('prints to sheets of A4 whose tables go on with their heads and cut no row', async () => {
    const { page } = await open(150);
    await page.emulateMedia({ media: 'print' });
    const rules = await page.evaluate(() => [
      getComputedStyle(document.querySelector('thead')).display,
      getComputedStyle(document.querySelector('tbody tr')).breakInside,
      getComputedStyle(document.querySelector('figure')).breakInside,
    ]);
    assert.deepEqual(rules, ['table-header-group', 'avoid', 'avoid']);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, w, h]) => [
      Math.round(w),
      Math.round(h),
    ]);
    assert.ok(boxes.length >= 6 && boxes.length <= 20, `${boxes.length} pages`);
    for (const box of boxes) assert.ok(Math.abs(box[0] - 595) <= 1 && Math.abs(box[1] - 842) <= 1, String(box));
    await page.close();
  });

  it('opens with 2,000 images within seconds', async () => {
    const start = performance.now();
    const { page } = await open(2000);
    assert.equal(await page.locator('table tbody tr').count(), 2000 + 13 + 1 + 50);
    assert.ok(performance.now() - start < 15_000);
    await page.close();
  });
});

/** In the page: the smallest contrast of its texts, and how far it is too wide. */
function measureLooks() {
  const lightness = ([r, g, b]) => {
    const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const backOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  let contrast = 21;
  let worst = '';
  for (const element of document.querySelectorAll(
    'h1, h2, h3, p, td, th, dt, dd, span, b, code, figcaption, svg text',
  )) {
    if (element.textContent.trim() === '') continue;
    const style = getComputedStyle(element);
    const [front, back] = [element instanceof SVGElement ? style.fill : style.color, backOf(element)].map((colour) =>
      lightness(typeof colour === 'string' ? numbers(colour) : colour),
    );
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < contrast) [contrast, worst] = [ratio, element.outerHTML.slice(0, 80)];
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  return {
    contrast,
    worst,
    overflow: scrollWidth - clientWidth,
    back: getComputedStyle(document.body).backgroundColor,
  };
}
