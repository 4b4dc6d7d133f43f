import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { assertStandsOut } from './support/contrast.mjs';
import { cutTexts } from './support/cut-texts.mjs';
import { showSidebar } from './support/sidebar.mjs';
import { assertAllNamed } from './support/spoken-names.mjs';

const require = createRequire(inRoot('package.json'));
const { publishModel } = require('./dist/src/models/publish.js');
const { writeTrainingSet } = await trainingSet();
const KEY = 'auth-tokens';
const MANY = 200;
/** What the editor itself needs, and nothing of this package. */
const MALLORY = ['context', 'flows', 'library', 'nodes', 'plugins', 'settings'].map((what) => `${what}.read`);

describe('the tab Segmentation of the sidebar', function () {
  this.timeout(180_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-sidebar-'));
  const models = path.join(userDir, 'models');
  const screenshots = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
  const problems = [];
  let browser;
  let host;
  let page;
  let tab;

  before(async function () {
    browser = await launchChromium(this);
    mkdirSync(screenshots, { recursive: true });
    await publish('nuclei', 0.81);
    await publish('nuclei', 0.86);
    await publish('axons', 0.74);
    const folder = await writeTrainingSet(path.join(userDir, 'images'));
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow(folder)));
    const { hashSync } = require('bcryptjs');
    const user = (username, permissions) => ({ username, password: hashSync(username, 4), permissions });
    const users = [user('anna', '*'), user('eve', ['read']), user('mallory', MALLORY)];
    const port = 25_000 + Math.floor(Math.random() * 5000);
    host = await startNodeRed({ userDir, port, settings: { adminAuth: { type: 'credentials', users } } });
    await host.started;
    page = await openEditor('anna');
    tab = page.locator('.segmenter-tab');
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('says that nothing runs, and asks nothing while it is not to be seen', async () => {
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('segmenter/jobs')) asked++;
    });
    await page.waitForTimeout(1500);
    assert.equal(asked, 0);
    await showSidebar(page);
    await tab.getByText('Nothing runs or waits').waitFor();
    await tab.getByRole('button', { name: /^axons/ }).waitFor();
    assert.ok(asked > 0);
    await showSidebar(page, 'info');
    await page.waitForTimeout(700);
    const before = asked;
    await page.waitForTimeout(3500);
    assert.equal(asked, before);
    await showSidebar(page);
    await screenshot('sidebar');
  });

  it('shows a training with its progress, follows it, and cancels it without a model', async () => {
    await trigger();
    const row = tab.locator('.segmenter-job');
    await row.getByText('trained', { exact: true }).waitFor();
    await row.getByText(/\d+ %.*left.*onnx on/).waitFor({ timeout: 120_000 });
    await page.waitForFunction(() => document.querySelector('.segmenter-tab progress')?.value > 0, undefined, {
      timeout: 60_000,
    });
    const first = await progress();
    await page.waitForFunction((before) => document.querySelector('.segmenter-tab progress')?.value > before, first);
    await row.getByRole('link', { name: 'Follow the training' }).waitFor();
    assert.match(
      await row.getByRole('link').getAttribute('href'),
      /^segmenter\/trainings\/\?run=trained%40[0-9a-f]{16}$/,
    );
    await screenshot('sidebar-running');
    await row.getByRole('button', { name: /^Cancel: trains/ }).press('Enter');
    await row.getByRole('group', { name: 'Keep the best model so far?' }).waitFor();
    assert.equal(await focused(), 'Keep it');
    await page.keyboard.press('Escape');
    assert.match(await focused(), /^Cancel: trains/);
    await row.getByRole('button', { name: /^Cancel: trains/ }).press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Drop it');
    await page.keyboard.press('Enter');
    await tab.getByText('Nothing runs or waits').waitFor();
    await page.getByText('Cancelled').first().waitFor();
    assert.equal(await tab.getByRole('button', { name: /^trained/ }).count(), 0);
  });

  it('ends a training with the best model so far, and lists the model', async () => {
    await trigger();
    const row = tab.locator('.segmenter-job');
    await row.getByText(/Dice 0\.\d\d/).waitFor({ timeout: 120_000 });
    await row.getByRole('button', { name: /^Cancel: trains/ }).click();
    await row.getByRole('button', { name: 'Keep it' }).click();
    await tab.getByText('Nothing runs or waits').waitFor({ timeout: 60_000 });
    await tab.getByRole('button', { name: /^trained/ }).waitFor();
  });

  it('shows a card in its place, with the nodes that name the model', async () => {
    await tab.getByRole('button', { name: /^nuclei/ }).click();
    const card = tab.locator('#segmenter-model-nuclei');
    assert.match(await card.textContent(), /Dice of new images0\.86 \(0\.76–0\.94\)/);
    const versions = card.getByRole('combobox', { name: 'Version' });
    await versions.selectOption('v1');
    await card.getByText('0.81 (0.71–0.89)').waitFor();
    await card.getByRole('button', { name: 'find nuclei (Plates)' }).click();
    const link = card.getByRole('link', { name: 'Training' });
    assert.equal(await link.getAttribute('href'), 'segmenter/trainings/?run=nuclei%40v1');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      card.getByRole('button', { name: 'ONNX' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'nuclei-v1.onnx');
    await screenshot('sidebar-card');
  });

  it('has a name for every control, stands out enough in either theme, and no word is cut', async () => {
    const names = await assertAllNamed(page, '.segmenter-tab');
    assert.ok(names.length > 8, `${names.length} controls`);
    const label = page.locator('#red-ui-sidebar-tabs li.active .red-ui-tab-label');
    if (await label.isVisible()) assert.deepEqual(await cutTexts(label), []);
    // Node-RED 4 knows one theme.
    const schemes = (await page.evaluate(() => RED.settings.version.startsWith('5.'))) ? [false, true] : [false];
    for (const isDark of schemes) {
      await page.evaluate((dark) => document.documentElement.classList.toggle('nr-theme-dark', dark), isDark);
      await page.waitForTimeout(300);
      await screenshot(`sidebar-card-${isDark ? 'dark' : 'light'}`);
      await assertStandsOut(page, '.segmenter-tab');
    }
    await page.evaluate(() => document.documentElement.classList.remove('nr-theme-dark'));
  });

  it('renames a model, saying at once why a name will not do', async () => {
    const card = tab.locator('#segmenter-model-nuclei');
    await card.getByRole('button', { name: 'Rename' }).click();
    const field = card.getByRole('textbox', { name: 'New name' });
    const rename = card.locator('.segmenter-ask').getByRole('button', { name: 'Rename' });
    await page.keyboard.type('cell nuclei');
    assert.equal(await field.inputValue(), 'cell nuclei');
    await card.getByText(/letters, digits/).waitFor();
    assert.ok(await rename.isDisabled());
    await field.fill('axons');
    await card.getByText('Another model has this name').waitFor();
    await card.getByText(/stay as they are: find nuclei \(Plates\)/).waitFor();
    await field.fill('cells');
    await field.press('Enter');
    await tab.getByRole('status').getByText('nuclei is called cells now').waitFor();
    await tab.getByRole('button', { name: /^cells/ }).waitFor();
    assert.equal(await tab.getByRole('button', { name: /^nuclei/ }).count(), 0);
  });

  it('deletes a version into the bin and brings it back; deletes a model for good', async () => {
    await tab.getByRole('button', { name: /^cells/ }).click();
    const card = tab.locator('#segmenter-model-cells');
    await card.getByRole('combobox').selectOption('v1');
    await card.getByRole('button', { name: 'Delete v1' }).click();
    assert.equal(await focused(), 'Cancel');
    await page.keyboard.press('Escape');
    assert.match(await focused(), /Delete v1/);
    await page.keyboard.press('Enter');
    await card.locator('.segmenter-ask').getByRole('button', { name: 'Delete v1' }).click();
    const bin = tab.locator('.segmenter-bin');
    await bin.getByText(/^Bin \(1, /).click();
    await screenshot('sidebar-bin');
    await bin.getByRole('button', { name: 'Bring back cells@v1' }).click();
    await tab.getByRole('status').getByText('cells@v1 is back').waitFor();
    await card.getByRole('combobox').waitFor();
    await tab.getByRole('button', { name: /^axons/ }).click();
    const other = tab.locator('#segmenter-model-axons');
    await other.getByRole('button', { name: 'Delete v1' }).click();
    await other.locator('.segmenter-ask').getByRole('button', { name: 'Delete v1' }).click();
    await bin.getByText(/^Bin \(1, /).waitFor();
    await bin.getByRole('button', { name: 'Empty the bin' }).click();
    await bin.getByRole('button', { name: 'Empty the bin' }).click();
    await tab.getByRole('status').getByText('The bin is empty').waitFor();
    assert.ok(await bin.isHidden());
  });

  it('lets a person choose a model in a dialog, with the mouse and with the keyboard', async () => {
    const said = await openDialog('predicting');
    await said.getByText('There is no model of this name now').waitFor();
    await page.getByRole('button', { name: 'Choose a model' }).click();
    await page.locator('.red-ui-menu').getByText('cells', { exact: true }).click();
    await said.getByText(/^v2 · Dice 0\.86/).waitFor();
    const input = page.locator('.red-ui-tray .red-ui-typedInput-input').first();
    await input.fill('');
    await input.pressSequentially('train');
    await page.locator('.red-ui-menu').getByText('trained', { exact: true }).waitFor();
    await screenshot('model-choice');
    await page.keyboard.press('Enter');
    await said.getByText(/^v1 · Dice/).waitFor();
    await input.fill('no name');
    await input.press('End');
    await said.getByText(/A name, name@version or a folder is expected/).waitFor();
    await input.fill('cells@v1');
    await input.press('End');
    await said.getByText(/^v1 · Dice 0\.81/).waitFor();
    await page.locator('#node-dialog-ok').click();
    await page.waitForTimeout(500);
    const stored = await page.evaluate(() => {
      const { model, modelType } = RED.nodes.node('predicting');
      return [model, modelType];
    });
    assert.deepEqual(stored, ['cells@v1', 'str']);
  });

  it('opens the dialogs of older flows with the values that they had', async () => {
    for (const id of ['thresholding', 'labelling']) {
      await openDialog(id);
      await page.locator('#node-dialog-cancel').click();
      await page.waitForTimeout(500);
      const changed = await page.evaluate((node) => RED.nodes.node(node).changed, id);
      assert.ok(!changed, `${id} changed`);
    }
  });

  it('stays quick and easy to use with many models', async () => {
    for (let i = 0; i < MANY; i++) await publish(`many-${i}`, 0.5);
    await tab.getByRole('button', { name: 'Look again' }).click();
    await tab.getByText(`${MANY + 2} models`).waitFor({ timeout: 30_000 });
    await tab.getByRole('searchbox', { name: 'Find a model' }).fill('many-17');
    assert.equal(await tab.locator('.segmenter-model').count(), 11);
    await tab.getByRole('searchbox').fill('no such');
    await tab.getByText('No model has this in its name').waitFor();
    await tab.getByRole('searchbox').fill('');
    const longest = await page.evaluate(async () => {
      let longest = 0;
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      });
      observer.observe({ type: 'longtask' });
      document.querySelector('.segmenter-tools .red-ui-button').click();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      observer.disconnect();
      return longest;
    });
    console.log(
      `      looking again at ${MANY + 2} models: the longest task of the page took ${Math.round(longest)} ms`,
    );
    await screenshot('sidebar-many');
  });

  it('links to the pages, of curation one for each node', async () => {
    const links = tab.locator('.segmenter-pages a');
    const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    assert.deepEqual(hrefs, ['segmenter/results/', 'segmenter/trainings/', 'segmenter/curate/curating/']);
    for (const href of hrefs) assert.equal((await fetch(new URL(href, host.url))).status, 200, href);
    await links.getByText('Curation: Plate 7').waitFor();
  });

  it('lets who may only read change nothing, and who may not read see nothing', async () => {
    const eve = await openEditor('eve');
    await showSidebar(eve);
    const seen = eve.locator('.segmenter-tab');
    await seen.getByText('You may look, but change nothing').waitFor();
    await seen.getByRole('button', { name: /^cells/ }).click();
    await seen.getByText('Dice of new images').waitFor();
    for (const name of ['Rename', 'Delete v2']) assert.equal(await seen.getByRole('button', { name }).count(), 0, name);
    const token = await login('eve');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { token: change } = await (await fetch(`${host.url}segmenter/token`)).json();
    for (const [address, body] of [
      ['models/change', { do: 'delete', name: 'cells', version: null }],
      ['jobs/end', { id: 1, how: 'cancel' }],
    ]) {
      const options = { method: 'POST', headers: { ...headers, 'x-segmenter': change }, body: JSON.stringify(body) };
      assert.equal((await fetch(`${host.url}segmenter/${address}`, options)).status, 401, address);
    }
    await eve.context().close();
    const mallory = await openEditor('mallory');
    await showSidebar(mallory);
    await mallory.locator('.segmenter-tab').getByText('You have no permission to see this').waitFor();
    assert.equal(await mallory.locator('.segmenter-model').count(), 0);
    await mallory.context().close();
  });

  it('reported no error', () => assert.deepEqual(problems, []));

  async function publish(name, dice) {
    const { cardFields, namedOnnx } = await modelsOfTests();
    const expected = { dice, low: dice - 0.1, high: dice + 0.08, level: 0.9, files: 4, images: 6 };
    const card = cardFields({ name, expected, metrics: { validationDice: dice } });
    return publishModel(models, { card, onnx: namedOnnx(`${name} ${dice}`), metricsCsv: '' });
  }

  function flow(folder) {
    const at = (y, x = 160) => ({ z: 'plates', x, y });
    const load = { raw: path.join(folder, 'raw'), rawType: 'str', seg1: path.join(folder, 'seg'), seg1Type: 'str' };
    const train = { model: 'trained', modelType: 'str', modelSize: 'small', maxMinutes: '5', validation: '0.25' };
    return [
      { id: 'plates', type: 'tab', label: 'Plates' },
      { id: 'inject', type: 'inject', ...at(60), props: [], repeat: '', once: false, wires: [['loading']] },
      { id: 'loading', type: 'segmenter-load-image', ...at(60, 320), ...load, wires: [['training']] },
      { id: 'training', type: 'segmenter-train', ...at(60, 500), ...train, wires: [[], []] },
      { id: 'predicting', type: 'segmenter-predict', ...at(120), model: 'nothing', modelType: 'str', wires: [[]] },
      {
        id: 'other',
        type: 'segmenter-predict',
        ...at(160),
        name: 'find nuclei',
        model: 'nuclei',
        modelType: 'str',
        wires: [[]],
      },
      { id: 'thresholding', type: 'segmenter-threshold', ...at(200), method: 'model', wires: [[]] },
      { id: 'labelling', type: 'segmenter-pseudo-label', ...at(240), wires: [[]] },
      {
        id: 'curating',
        type: 'segmenter-curate',
        ...at(300),
        name: 'Plate 7',
        folder: path.join(userDir, 'review'),
        wires: [[], []],
      },
    ];
  }

  async function login(username) {
    const body = new URLSearchParams({
      ...{ client_id: 'node-red-editor', grant_type: 'password', scope: '' },
      ...{ username, password: username },
    });
    const response = await fetch(`${host.url}auth/token`, { method: 'POST', body });
    return (await response.json()).access_token;
  }

  async function openEditor(username) {
    const token = await login(username);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.addInitScript(({ key, value }) => localStorage.setItem(key, JSON.stringify(value)), {
      ...{ key: KEY, value: { access_token: token, token_type: 'Bearer' } },
    });
    const opened = await context.newPage();
    opened.on('pageerror', (error) => problems.push(error.message));
    await opened.goto(host.url);
    await opened.locator('.red-ui-palette-node').first().waitFor({ state: 'attached', timeout: 60_000 });
    await opened.waitForFunction(() => RED.nodes.node('curating'));
    return opened;
  }

  /** Starts the flow that trains. */
  function trigger() {
    return page.evaluate(() => $.ajax({ url: 'inject/inject', method: 'POST' }));
  }

  function progress() {
    return page.evaluate(() => document.querySelector('.segmenter-tab progress').value);
  }

  function focused() {
    return page.evaluate(() => {
      const { activeElement } = document;
      return activeElement.getAttribute('aria-label') ?? activeElement.textContent;
    });
  }

  /** @returns what is said below the field of its model */
  async function openDialog(id) {
    await page.evaluate((node) => RED.editor.edit(RED.nodes.node(node)), id);
    await page.locator('.red-ui-tray .form-row').first().waitFor();
    await page.waitForTimeout(700);
    return page.locator('#node-input-said-model');
  }

  function screenshot(name) {
    return page.screenshot({ path: path.join(screenshots, `${name}.png`) });
  }
});

/** What the tests of models make theirs of; it counts on a test runner's hooks. */
async function modelsOfTests() {
  return require('./dist/test/models/support.js');
}

async function trainingSet() {
  const { makeSampleData } = require('./dist/src/simulation/make-sample-data.js');
  return {
    writeTrainingSet: async (folder) => {
      await makeSampleData(folder);
      return path.join(folder, 'nuclei2d', 'train');
    },
  };
}
