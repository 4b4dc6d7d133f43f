import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { showSidebar } from './support/sidebar.mjs';

const SCREENSHOTS = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');

/** What a person sees of errors and statuses in the editor, of a flow with a mistake in each of its settings. */
describe('errors and statuses in the editor', () => {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-errors-'));
  const samples = path.join(userDir, 'samples');
  const problems = [];
  let host;
  let browser;
  let page;

  before(async function () {
    this.timeout(120_000);
    browser = await launchChromium(this);
    mkdirSync(SCREENSHOTS, { recursive: true });
    await createRequire(import.meta.url)(inRoot('dist/src/simulation/make-sample-data.js')).makeSampleData(samples);
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow()));
    host = await startNodeRed({ userDir, port: 23880, settings: { segmenter: { roots: [userDir] } } });
    page = await browser.newPage({ viewport: { width: 1500, height: 800 } });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${host.url}#flow/tab`);
    await page.waitForSelector('.red-ui-palette-node', { timeout: 60_000 });
    await showSidebar(page, 'debug');
    await page.locator('.red-ui-flow-node-button-button').first().click();
  });

  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('tell in the sidebar what is wrong, once, as a sentence, and how often it held', async function () {
    this.timeout(120_000);
    const told = page.locator('.red-ui-debug-msg', { hasText: 'mask' });
    await told.nth(1).waitFor({ timeout: 100_000 });
    await page.waitForTimeout(1000);
    const sentence = 'the sample has no image "mask"; it has raw, seg1';
    const [first, second, ...others] = await told.locator('.red-ui-debug-msg-payload').allInnerTexts();
    assert.equal(first, `"${sentence}"`);
    assert.equal(second, `"2 more of the sequence: ${sentence}"`);
    assert.deepEqual(others, []);
    await page.screenshot({ path: path.join(SCREENSHOTS, 'errors.png') });
  });

  it('say below the nodes what happened', async () => {
    await page.locator('.red-ui-flow-node-status-label', { hasText: 'Mean Dice' }).waitFor({ timeout: 60_000 });
    const texts = await page.locator('.red-ui-flow-node-status-label').allTextContents();
    const shown = texts.filter((text) => text !== '');
    assert.ok(shown.includes('Loaded 3 files'), shown.join('; '));
    assert.ok(shown.includes('Done, 3 images'), shown.join('; '));
    assert.ok(shown.includes('the sample has no image "mask"; it has…'), shown.join('; '));
    assert.match(
      shown.find((text) => text.startsWith('Mean')),
      /^Mean Dice 0\.\d{3} \(3 images\), worst nuclei_\d+ 0\.\d\d$/,
    );
  });

  it('have a choice of images instead of a free text, with room for any other name', async () => {
    await page.evaluate(() => globalThis.RED.editor.edit(globalThis.RED.nodes.node('wrong')));
    const choice = page.locator('#node-input-choice-predicted');
    const field = page.locator('#node-input-predicted');
    await choice.waitFor();
    assert.equal(await choice.inputValue(), 'mask');
    assert.equal(await field.isVisible(), false);
    await choice.selectOption({ label: 'Labels (numbered objects)' });
    assert.equal(await field.inputValue(), 'labels');
    await choice.selectOption({ label: 'other: a name in the sample' });
    await field.fill('mine');
    await page.screenshot({ path: path.join(SCREENSHOTS, 'image-choice.png') });
    await page.locator('#node-dialog-ok').click();
    await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => globalThis.RED.nodes.node('wrong').predicted), 'mine');
    await page.evaluate(() => globalThis.RED.editor.edit(globalThis.RED.nodes.node('wrong')));
    await field.waitFor();
    assert.deepEqual([await choice.inputValue(), await field.inputValue()], ['_other', 'mine']);
    await page.locator('#node-dialog-cancel').click();
  });

  it('reported no error', () => assert.deepEqual(problems, []));

  function flow() {
    const place = (x, y) => ({ z: 'tab', x, y });
    const [raw, seg1] = ['raw', 'seg'].map((folder) => path.join(samples, 'nuclei2d/test', folder));
    return [
      { id: 'tab', type: 'tab', label: 'Errors' },
      { id: 'go', type: 'inject', ...place(120, 80), props: [], repeat: '', crontab: '', wires: [['load']] },
      { id: 'load', type: 'segmenter-load-image', ...place(300, 80), raw, seg1, wires: [['cut', 'wrong']] },
      { id: 'cut', type: 'segmenter-threshold', ...place(500, 80), from: 'raw', method: 'otsu', wires: [['score']] },
      { id: 'score', type: 'segmenter-evaluate', ...place(700, 80), predicted: 'mask', truth: '', wires: [[], []] },
      { id: 'wrong', type: 'segmenter-evaluate', ...place(500, 180), predicted: 'mask', truth: '', wires: [[], []] },
    ];
  }
});
