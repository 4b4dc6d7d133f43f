import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { showSidebar } from './support/sidebar.mjs';

const require = createRequire(inRoot('package.json'));
const { publishModel } = require('./dist/src/models/publish.js');

describe('models that go out of the sidebar and come in', function () {
  this.timeout(120_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-exchange-'));
  const screenshots = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
  const problems = [];
  let browser;
  let host;
  let page;
  let tab;

  before(async function () {
    browser = await launchChromium(this);
    mkdirSync(screenshots, { recursive: true });
    const { testModel } = require('./dist/test/exchange/support.js');
    const { card, onnx } = testModel({ dimensions: 2, inChannels: 1, filters: [4, 8] }, [32, 32]);
    await publishModel(path.join(userDir, 'models'), { card, onnx, metricsCsv: '' });
    writeFileSync(path.join(userDir, 'flows.json'), '[]');
    host = await startNodeRed({ userDir, port: 25_000 + Math.floor(Math.random() * 5000) });
    await host.started;
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(host.url);
    await page.locator('.red-ui-palette-node').first().waitFor({ state: 'attached', timeout: 60_000 });
    await showSidebar(page);
    tab = page.locator('.segmenter-tab');
    await tab.getByRole('button', { name: /^nuclei/ }).waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  /** What is saved by the form of the open card. */
  async function exported(format) {
    await tab.getByRole('button', { name: 'Export …' }).click();
    await tab.getByRole('combobox', { name: 'Form' }).selectOption(format);
    if (format === 'czann') await page.screenshot({ path: path.join(screenshots, 'sidebar-export.png') });
    const saving = page.waitForEvent('download');
    await tab.getByRole('button', { name: 'Save', exact: true }).click();
    const saved = await saving;
    await tab.getByText('nuclei@v1 is saved').waitFor();
    return { name: saved.suggestedFilename(), file: await saved.path() };
  }

  it('are saved in the form that a person chooses', async () => {
    await tab.getByRole('button', { name: /^nuclei/ }).click();
    const { name, file } = await exported('czann');
    assert.equal(name, 'nuclei-v1.czann');
    assert.equal(readFileSync(file).toString('latin1', 0, 2), 'PK');
    await tab.getByText('the normalisation is inside the network').waitFor();
  });

  it('are taken from a package, and tested', async () => {
    const { name, file } = await exported('bioimageio');
    const own = path.join(userDir, name);
    writeFileSync(own, readFileSync(file));
    await tab.getByRole('button', { name: 'Import …' }).click();
    await tab.getByLabel('File', { exact: true }).setInputFiles(own);
    assert.equal(await tab.getByLabel('Name of the model here').inputValue(), 'nuclei-v1');
    assert.equal(await tab.getByLabel('Axes', { exact: true }).isVisible(), false);
    await tab.getByLabel('Name of the model here').fill('taken');
    await tab.getByRole('button', { name: 'Import', exact: true }).click();
    await tab.getByText('taken@v1 is there; its test output differs by').waitFor({ timeout: 60_000 });
    await tab.getByRole('button', { name: /^taken/ }).click();
    await tab.getByText('nuclei v1, bioimage.io').waitFor();
  });

  it('are taken from an ONNX file by what a person says of it, which is told where it is missing', async () => {
    const { file } = await exportedFrom();
    await tab.getByRole('button', { name: 'Import …' }).click();
    await tab.getByLabel('File', { exact: true }).setInputFiles(file);
    await tab.getByLabel('Name of the model here').fill('plain');
    await tab.getByLabel('Axes', { exact: true }).fill('bcyx');
    await page.screenshot({ path: path.join(screenshots, 'sidebar-import.png') });
    await tab.getByRole('button', { name: 'Import', exact: true }).click();
    await tab.getByText('normalisation: expected what the network was trained with').waitFor({ timeout: 60_000 });
    await tab.getByLabel('Normalisation').fill('none');
    await tab.getByRole('button', { name: 'Import', exact: true }).click();
    await tab.getByText('plain@v1 is there').waitFor({ timeout: 60_000 });
    await tab.getByRole('button', { name: /^plain/ }).waitFor();
  });

  async function exportedFrom() {
    // One card alone is open, so that each button is there once.
    await tab.getByRole('button', { name: /^taken/ }).click();
    const { name, file } = await exported('onnx');
    const own = path.join(userDir, name);
    writeFileSync(own, readFileSync(file));
    return { file: own };
  }

  it('reported no error', () => assert.deepEqual(problems, []));
});
