import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { assertStandsOut } from './support/contrast.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { assertAllNamed } from './support/spoken-names.mjs';

const require = createRequire(inRoot('package.json'));
const [HEIGHT, WIDTH] = [160, 192];
const SHAPE = [1, 1, 1, HEIGHT, WIDTH];
const NAMES = ['f0', 'f1', 'f2', 'a-rather-long-name-of-a-field-of-view-on-plate-7'];
const KEY = 'auth-tokens';

describe('the page of trainings of a real Node-RED', function () {
  this.timeout(180_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-trainings-'));
  const pictures = process.env.EDITOR_SCREENSHOTS;
  const models = [];
  let browser;
  let host;
  let page;
  let anna;
  let eve;

  before(async function () {
    browser = await launchChromium(this);
    for (const [i, name] of NAMES.entries()) await write(madeImage(name, SHAPE, { seed: i + 1 }));
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow()));
    const { hashSync } = require('bcryptjs');
    const user = (username, permissions) => ({ username, password: hashSync(username, 4), permissions });
    const users = [user('anna', '*'), user('eve', ['segmenter-trainings.read'])];
    host = await startNodeRed({
      userDir,
      port: 23880,
      settings: { adminAuth: { type: 'credentials', users }, functionGlobalContext: { models } },
    });
    await host.started;
    [anna, eve] = [await login('anna'), await login('eve')];
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const address = (query = '') => `${host.url}segmenter/trainings/${query}`;
  const open = async (token, query) => {
    const opened = await CurationPage.open(browser, address(query), { token: { key: KEY, token }, height: 1000 });
    return opened;
  };
  const inject = (id) =>
    fetch(new URL(`inject/${id}`, host.url), { method: 'POST', headers: { authorization: `Bearer ${anna}` } });
  const shown = (text) => page.page.getByText(text, { exact: false }).first();
  const shot = async (name, of = page) => {
    if (pictures) await of.page.screenshot({ path: path.join(pictures, `trainings-${name}.png`), fullPage: false });
  };
  const dark = (of = page) =>
    of.page.evaluate(() => {
      localStorage.setItem('segmenter-curate-theme', 'dark');
      document.documentElement.dataset.theme = 'dark';
      document.documentElement.dataset.shade = 'dark';
    });
  const summary = (i) => page.page.locator('.chart-picture').nth(i).getAttribute('aria-label');

  it('says where trainings come from while there is none', async () => {
    page = await open(anna);
    await shown('No training yet.').waitFor();
    await shot('empty');
  });

  it('shows one while it goes on, and the model that came of it', async () => {
    await inject('go-quick');
    await page.page.locator('.training').first().waitFor({ timeout: 60_000 });
    await page.page.locator('.training-title', { hasText: 'quick@v1' }).waitFor({ timeout: 90_000 });
    assert.match(await summary(0), /Loss of quick@v1: from [\d.]+ to [\d.]+.*\d+ epochs/);
    assert.match(await summary(1), /Validation Dice of quick@v1/);
    await page.page.locator('.figures img').first().waitFor();
    page.noProblems();
  });

  it('shows curves, stage and pictures of a long one as they come, and follows from the train node', async () => {
    await inject('go-long');
    await page.page.goto(address('?node=train-long&model=long'));
    await page.page.locator('.head-card .state', { hasText: 'running' }).waitFor({ timeout: 60_000 });
    const epochs = async () => Number(/(\d+) epochs?\./.exec((await summary(0)) ?? '')?.[1] ?? 0);
    await until(
      async () => (await epochs()) > 3,
      () => 'no epochs came',
    );
    const before = await epochs();
    await until(
      async () => (await epochs()) > before,
      () => `still ${before} epochs`,
    );
    await page.page.locator('.place', { hasText: /step \d+ of \d+ · .* left · onnx on cpu/ }).waitFor();
    const image = page.page.locator('.figures img').first();
    await image.waitFor({ timeout: 60_000 });
    await until(
      async () => (await image.evaluate(({ naturalWidth }) => naturalWidth)) === WIDTH,
      () => 'no picture',
    );
    await shot('live');
    await image.scrollIntoViewIfNeeded();
    await shot('pictures');
    await dark();
    await shot('pictures-dark');
    await page.page.locator('.head-card').scrollIntoViewIfNeeded();
    await shot('live-dark');
    await assertStandsOut(page.page);
    page.noProblems();
  });

  it('lets a reader look and stop nothing', async () => {
    const reader = await open(eve, '?node=train-long&model=long');
    await reader.page.getByText('You may look, not stop').waitFor({ timeout: 30_000 });
    assert.equal(await reader.page.getByRole('button', { name: 'Stop' }).count(), 0);
    const id = new URL(reader.page.url()).searchParams.get('run');
    const token = await (await fetch(new URL('segmenter/token', host.url))).json();
    const stop = (headers) =>
      fetch(new URL(`segmenter/trainings/stop/${id}`, host.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-segmenter': token.token, ...headers },
        body: '{"keep":true}',
      });
    assert.equal((await stop({ authorization: `Bearer ${eve}` })).status, 401);
    assert.equal((await stop({})).status, 401);
    assert.equal((await stop({ authorization: `Bearer ${anna}`, 'x-segmenter': 'guess' })).status, 403);
    const nobody = await fetch(address('list'));
    assert.equal(nobody.status, 401);
    await reader.close();
  });

  it('stops one after a question, and its best becomes a model that the flow goes on with', async () => {
    await page.page.getByRole('button', { name: 'Stop and keep the best' }).click();
    const question = page.page.getByRole('dialog');
    await question.getByText('the best weights so far become the next version').waitFor();
    await shot('question-dark');
    await question.getByRole('button', { name: 'Let it go on' }).click();
    assert.equal(
      models.some(({ name }) => name === 'long'),
      false,
    );
    await page.page.getByRole('button', { name: 'Stop and keep the best' }).click();
    await question.getByRole('button', { name: 'Stop and keep the best' }).click();
    await page.page.locator('.training-title', { hasText: 'long@v1' }).waitFor({ timeout: 60_000 });
    await until(
      () => models.some(({ name }) => name === 'long'),
      () => 'the flow got no model',
    );
    assert.equal(await page.page.getByText('a person', { exact: true }).count(), 1);
    page.noProblems();
  });

  it('lays two over each other with the keyboard alone, and says what differs', async () => {
    await page.page.getByLabel('lay quick@v1 over the others').focus();
    await page.press('Space');
    await page.page.locator('.legend li').nth(1).waitFor();
    assert.deepEqual(await page.page.locator('.legend li').allTextContents(), ['long@v1', 'quick@v1']);
    const differing = await page.page.locator('.compare .differs th').allTextContents();
    assert.ok(differing.includes('Epochs') && !differing.includes('Model size'), differing.join());
    await until(
      async () => /long@v1.*quick@v1/.test((await summary(0)) ?? ''),
      () => 'no two curves',
    );
    await page.page.locator('.figures img').first().waitFor();
    await shot('two-dark');
    await page.page.evaluate(() => {
      document.documentElement.dataset.shade = 'light';
    });
    await shot('two');
    await assertStandsOut(page.page);
    await assertAllNamed(page.page);
    const { searchParams } = new URL(page.page.url());
    assert.deepEqual(searchParams.getAll('run'), ['long@v1', 'quick@v1']);
    await page.page.getByText('Numbers behind the curves').click();
    await page.page.locator('.numbers tbody tr').nth(3).waitFor();
    await page.page.locator('.numbers').scrollIntoViewIfNeeded();
    await shot('settings');
    page.noProblems();
  });

  it('ends one without a model, and the list tells of it', async () => {
    await inject('go-long');
    await page.page.goto(address('?node=train-long&model=long'));
    await page.page.getByRole('button', { name: 'Stop without a model' }).waitFor({ timeout: 60_000 });
    await until(
      async () => /\d+ epochs/.test((await summary(0)) ?? ''),
      () => 'no epochs',
    );
    await page.page.getByRole('button', { name: 'Stop without a model' }).click();
    await page.page.getByRole('dialog').getByRole('button', { name: 'Stop without a model' }).click();
    await page.page.locator('.training .state', { hasText: 'interrupted' }).waitFor({ timeout: 60_000 });
    assert.equal(models.filter(({ name }) => name === 'long').length, 1);
    page.noProblems();
  });

  it('is a button in the dialog of the train node', async () => {
    const editor = await CurationPage.open(browser, host.url, { token: { key: KEY, token: anna } });
    await editor.page.locator('#red-ui-palette').waitFor();
    await editor.page.waitForFunction(() => window.RED?.nodes?.node('train-long'));
    await editor.page.evaluate(() => window.RED.editor.edit(window.RED.nodes.node('train-long')));
    await editor.page.locator('#segmenter-open-page').waitFor();
    const [opened] = await Promise.all([
      editor.page.context().waitForEvent('page'),
      editor.page.locator('#segmenter-open-page').click(),
    ]);
    await opened.waitForURL(/segmenter\/trainings\/\?(run|node)=/);
    await opened.getByRole('heading', { name: 'Trainings' }).waitFor();
    await editor.close();
  });

  function flow() {
    const folder = (role) => path.join(userDir, 'images', role);
    const keep = 'global.get("models").push(msg.model); return null;';
    const tab = { z: 'tab' };
    const plan = {
      ...tab,
      sizeZ: '',
      sizeY: 64,
      sizeX: 64,
      perImage: 4,
      sampling: 'balanced',
      overlap: 0,
      emit: 'plan',
      seed: 0,
    };
    const common = { ...tab, modelType: 'str', modelSize: 'small', validation: 0.25, seed: 0 };
    const load = { raw: folder('raw'), rawType: 'str', seg1: folder('seg1'), seg1Type: 'str' };
    const chain = (name, epochs) => [
      { id: `go-${name}`, type: 'inject', ...tab, once: false, payloadType: 'date', wires: [[`load-${name}`]] },
      { id: `load-${name}`, type: 'segmenter-load-image', ...tab, ...load, wires: [[`patch-${name}`]] },
      { id: `patch-${name}`, type: 'segmenter-patch', ...plan, wires: [[`train-${name}`]] },
      {
        id: `train-${name}`,
        type: 'segmenter-train',
        x: 100,
        y: 100,
        ...common,
        model: name,
        epochs,
        wires: [['model'], []],
      },
    ];
    return [
      { id: 'tab', type: 'tab', label: 'trainings' },
      ...chain('quick', 8),
      ...chain('long', 100_000),
      { id: 'model', type: 'function', ...tab, func: keep, outputs: 1, wires: [[]] },
    ];
  }

  async function write({ id, pixels }) {
    const { createImageWriter } = require('./dist/src/formats/index.js');
    for (const [role, dtype] of [
      ['raw', 'uint16'],
      ['seg1', 'uint8'],
    ]) {
      mkdirSync(path.join(userDir, 'images', role), { recursive: true });
      const info = { shape: SHAPE, dtype, channels: [{ index: 0, name: role }], pixelSize: { z: 1, y: 0.5, x: 0.5 } };
      const writer = await createImageWriter(path.join(userDir, 'images', role, `${id}.ome.tiff`), info, 'ome-tiff');
      const data = dtype === 'uint16' ? new Uint16Array(HEIGHT * WIDTH) : new Uint8Array(HEIGHT * WIDTH);
      for (let i = 0; i < data.length; i++) data[i] = pixels[role](i % WIDTH, Math.floor(i / WIDTH), 0, 0);
      await writer.write(data);
      await writer.finish();
    }
  }

  async function login(name) {
    const form = { client_id: 'node-red-admin', grant_type: 'password', scope: '', username: name, password: name };
    const response = await fetch(new URL('auth/token', host.url), { method: 'POST', body: new URLSearchParams(form) });
    return (await response.json()).access_token;
  }
});

async function until(done, why, limitMs = 60_000) {
  const end = Date.now() + limitMs;
  while (!(await done())) {
    if (Date.now() > end) throw new Error(why());
    await new Promise((wake) => setTimeout(wake, 200));
  }
}
