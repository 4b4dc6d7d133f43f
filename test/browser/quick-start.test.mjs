import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startFirstRun } from '../../scripts/first-run.mjs';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { showSidebar } from './support/sidebar.mjs';

const SCREENSHOTS = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
const MODEL = 'nuclei-2d@v1';
/** A smaller training than the quick start's own: what counts is what is seen. */
const SMALL = { epochs: 3, modelSize: 'small', augment: false };
/** For a machine that has other work. */
const LONG = 240_000;
process.env.SEGMENTER_BACKENDS ??= 'onnx/cpu';

describe('the quick start, as someone sees it who has just started it', function () {
  this.timeout(LONG);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-quick-start-'));
  const samples = path.join(userDir, 'samples');
  const samplesBefore = process.env.SEGMENTER_SAMPLES;
  const problems = [];
  let browser;
  let host;
  let context;
  let editor;

  before(async function () {
    browser = await launchChromium(this);
    mkdirSync(SCREENSHOTS, { recursive: true });
    const require = createRequire(import.meta.url);
    await require(inRoot('dist', 'src', 'simulation', 'make-sample-data.js')).makeSampleData(samples);
    process.env.SEGMENTER_SAMPLES = samples;
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(quickStart()));
    host = await startNodeRed({ userDir, port: 25_880 });
    await host.started;
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.on('page', watch);
    editor = await context.newPage();
    await editor.goto(host.url);
    await editor.locator('#quick2d-judged').waitFor({ timeout: LONG });
  });

  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
    if (samplesBefore === undefined) delete process.env.SEGMENTER_SAMPLES;
    else process.env.SEGMENTER_SAMPLES = samplesBefore;
  });

  afterEach(() => assert.deepEqual(problems, []));

  it('shows pictures below predict and evaluate on the canvas, inside of the window, while the flow runs', async () => {
    assert.ok(startFirstRun(host.RED, path.join(userDir, 'models')), 'the first start runs the flow by itself');
    for (const id of ['quick2d-found', 'quick2d-judged']) {
      const picture = editor.locator(`#${id} .segmenter-thumbnail`);
      await picture.locator('image[href^="blob:"]').waitFor({ timeout: LONG });
      const [node, below] = [await boxOf(id), await picture.locator('image').boundingBox()];
      assert.ok(below.y >= node.y + node.height, `${id}: the picture is not below its node`);
      assert.ok(below.x >= 0 && below.x + below.width <= 1280, `${id}: the picture is cut off at the side`);
      assert.ok(below.width > 100 && below.height > 100, `${id}: ${below.width} x ${below.height}`);
    }
    await editor.locator('#quick2d-judged .segmenter-thumbnail text', { hasText: /Dice 0\.\d{3}/ }).waitFor();
    await editor.screenshot({ path: path.join(SCREENSHOTS, 'quick-start.png') });
    assert.equal(startFirstRun(host.RED, path.join(userDir, 'models')), false, 'a later start runs nothing');
  });

  it('opens the sample of a picture on the results page, which names the model and has the report', async () => {
    const results = await opened(() => editor.locator('#quick2d-judged .segmenter-thumbnail').click());
    await results.locator('canvas').first().waitFor();
    await results.locator('.view-box [aria-busy="false"]').first().waitFor();
    assert.match(await results.locator('.image-name').textContent(), /\w/);
    assert.ok(await results.locator('.problem').isHidden(), await results.locator('.problem').textContent());
    // Of evaluate, whose sequence is complete by now.
    await results.goto(new URL('segmenter/results/?node=quick2d-evaluate', host.url).href);
    const link = results.getByRole('link', { name: 'Report' });
    await until(async () => {
      await results.reload();
      return link.isVisible({ timeout: 1000 });
    });
    await results.screenshot({ path: path.join(SCREENSHOTS, 'quick-start-results.png') });
    const report = await opened(() => link.click());
    await report.locator('h1').waitFor();
    assert.match(await report.locator('main').textContent(), /NSD[\s\S]*HD95[\s\S]*Object AP at 0\.5/);
    assert.ok((await report.locator('figure img').count()) > 0, 'the report has no pictures');
    await report.close();

    const training = await opened(() => results.getByRole('link', { name: MODEL }).click());
    await training.locator('.training-title', { hasText: MODEL }).waitFor({ timeout: LONG });
    await training.close();
    await results.close();
  });

  it('leads from the training to its report, with every held-out image, and to the results made with it', async () => {
    const trainings = await context.newPage();
    await trainings.goto(new URL(`segmenter/trainings/?run=${encodeURIComponent(MODEL)}`, host.url).href);
    await trainings.locator('.training-title', { hasText: MODEL }).waitFor({ timeout: LONG });
    // Settings have the words of the dialog.
    await trainings.getByRole('rowheader', { name: 'Learning rate', exact: true }).waitFor();
    await trainings.getByRole('button', { name: /^Report of evaluate/ }).waitFor();
    await trainings.screenshot({ path: path.join(SCREENSHOTS, 'quick-start-training.png'), fullPage: true });
    const report = await opened(() => trainings.getByRole('button', { name: 'Report', exact: true }).click());
    await report.locator('h1', { hasText: MODEL }).waitFor();
    const heads = report.locator('table', { hasText: 'HD95' }).last().locator('th');
    const names = await heads.allTextContents();
    for (const name of ['Image', 'Dice', 'IoU', 'Precision', 'Recall', 'NSD', 'Object AP at 0.5', 'ECE', 'Threshold']) {
      assert.ok(names.includes(name), `${name}: ${names.join()}`);
    }
    assert.ok((await report.locator('figure img').count()) > 0, 'the report has no pictures');
    await report.close();

    const made = await opened(() => trainings.getByRole('link', { name: 'Results made with it' }).click());
    await made.locator('.image-name', { hasText: /\w/ }).waitFor();
    await made.getByRole('link', { name: MODEL }).waitFor();
    await made.close();
    await trainings.close();
  });

  it('links its report in the tab of the sidebar, from a list that is kept on disk', async () => {
    const list = () => fetch(new URL('segmenter/reports/list', host.url)).then((answer) => answer.json());
    const { reports: before } = await list();
    assert.deepEqual(
      before.map(({ node, model }) => [node.id, model]),
      [['quick2d-evaluate', MODEL]],
    );
    assert.equal(
      JSON.parse(readFileSync(path.join(userDir, 'segmenter', 'results', 'reports.json'), 'utf8')).length,
      1,
    );
    await showSidebar(editor);
    const link = editor.locator('.segmenter-pages button', { hasText: /^\s*Report: evaluate/ });
    await link.waitFor();
    const report = await opened(() => link.click());
    await report.locator('h1').waitFor();
    await report.close();
  });

  function watch(page) {
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  }

  /** The tab that a click opens, once it shows something. */
  async function opened(click) {
    const [page] = await Promise.all([context.waitForEvent('page'), click()]);
    await page.waitForURL(/segmenter/);
    await page.waitForLoadState();
    return page;
  }

  function boxOf(id) {
    return editor.locator(`#${id} > g > rect.red-ui-flow-node, #${id} > rect.red-ui-flow-node`).first().boundingBox();
  }
});

function quickStart() {
  const flow = JSON.parse(readFileSync(inRoot('examples', 'flows', 'quick-start-2d.json'), 'utf8'));
  const train = flow.find(({ id }) => id === 'quick2d-train');
  return flow.map((node) => (node === train ? { ...node, ...SMALL } : node));
}

async function until(isSo, tries = 120) {
  for (let i = 0; i < tries; i++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.fail('it did not come');
}
