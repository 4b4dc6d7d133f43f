import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startSubPathProxy } from './support/sub-path-proxy.mjs';

const require = createRequire(inRoot('package.json'));
const golden = JSON.parse(readFileSync(inRoot('test', 'browser', 'golden', 'polygons.json'), 'utf8'));
const [HEIGHT, WIDTH] = golden.shapeYX;
const SHAPE = [1, 1, 1, HEIGHT, WIDTH];
const NAMES = ['f0', 'f1', 'f2', 'f3'];
const PREFIX = '/lab/red';
const KEY = 'auth-tokens-lab-red';

describe('the curation page of a real Node-RED behind a proxy', function () {
  this.timeout(120_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-curate-'));
  const images = NAMES.map((name, i) => madeImage(name, SHAPE, { seed: i + 1 }));
  const curated = [];
  const models = [];
  const themeFile = path.join(userDir, 'theme.css');
  let browser;
  let host;
  let proxy;
  let page;
  let url;

  before(async function () {
    browser = await launchChromium(this);
    for (const image of images) await write(image);
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow()));
    writeFileSync(themeFile, ':root { --red-ui-primary-background: #1b1b1b; }');
    const { hashSync } = require('bcryptjs');
    const user = (username, permissions) => ({ username, password: hashSync(username, 4), permissions });
    host = await startNodeRed({
      userDir,
      port: 22880,
      settings: {
        adminAuth: { type: 'credentials', users: [user('anna', '*'), user('eve', ['read'])] },
        functionGlobalContext: { curated, models },
        editorTheme: { page: { css: themeFile } },
      },
    });
    proxy = await startSubPathProxy(host.url, PREFIX);
    url = `${proxy.url}segmenter/curate/curate1/`;
    await host.started;
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('asks for a login, and takes that of the editor', async () => {
    page = await CurationPage.open(browser, url);
    await page.page.getByRole('link', { name: 'Log in at the editor' }).waitFor();
    await page.page.goto(proxy.url);
    await page.page.locator('#node-dialog-login-username').fill('anna');
    await page.page.locator('#node-dialog-login-password').fill('anna');
    await page.page.locator('#node-dialog-login-submit').click();
    await page.page.locator('#red-ui-palette').waitFor();
    page.problems = [];
    await waitForRun();
    await page.page.goto(url);
    await page.ready();
    await page.opened('f0');
    await page.page.getByText('anna').waitFor();
    await page.page.locator('html[data-editor=dark]').waitFor();
  });

  it('draws, undoes, corrects, rejects, goes back', async () => {
    await page.actualSize();
    const [first, second, ...rest] = golden.merge.verticesXY;
    await page.polygon('m', [first, [second[0] - 30, second[1] - 20], ...rest]);
    await page.polygon('e', golden.exclude.verticesXY);
    await page.press('Control+z');
    assert.deepEqual(await page.shapes(), ['Merging shape 1']);
    await page.press('Control+Shift+Z', 'v');
    await page.page.locator('.shape-name', { hasText: 'Merging shape 1' }).click();
    await page.drag([second[0] - 30, second[1] - 20], second);
    await page.press('u');
    await page.opened('f1');
    await page.press('r');
    await page.page.keyboard.type('out of focus');
    await page.press('Enter');
    await page.opened('f2');
    await page.press('s', 'u', 'b', 'b');
    await page.opened('f1');
    assert.equal(await page.page.locator('.reason input').inputValue(), 'out of focus');
    await page.saved();
    page.noProblems();
  });

  it('lets a user without permission see all and change nothing', async () => {
    const token = await login('eve');
    const eve = await CurationPage.open(browser, url, { token: { key: KEY, token } });
    await eve.ready();
    await eve.page.getByText('eve, read only').waitFor();
    assert.ok(await eve.page.getByRole('button', { name: 'Use', exact: true }).isDisabled());
    const response = await fetch(`${url}image/f3`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.ok([401, 403].includes(response.status), String(response.status));
    await eve.close();
  });

  it('resumes in another browser and sends on what was used', async () => {
    const token = await login('anna');
    await page.close();
    page = await CurationPage.open(browser, url, { token: { key: KEY, token } });
    await page.ready();
    await page.opened('f3');
    await page.page.locator('.counts', { hasText: '2 used · 1 rejected · 1 to do' }).waitFor();
    await page.page.locator('.row', { hasText: 'f0' }).click();
    await page.opened('f0');
    assert.deepEqual(await page.shapes(), ['Merging shape 1', 'Excluding shape 1']);
    await page.page.getByRole('button', { name: 'Finish' }).click();
    await page.page.getByRole('button', { name: 'Send on 2 images' }).click();
    await page.page.getByText('1 rejected, 1 undecided').waitFor();
    await until(
      () => curated.length === 2,
      () => `only ${curated.length} samples came`,
    );
    page.noProblems();
  });

  it('makes target and weight as scikit-image’s polygons say', async () => {
    const { readAll } = require('./dist/src/formats/image-reader.js');
    const [target, weight, second] = await Promise.all(
      [curated[0].target, curated[0].weight, curated[1].target].map(async (image) => (await readAll(image)).data),
    );
    const [merge, exclude] = ['merge', 'exclude'].map(goldenMask);
    const [{ pixels }] = images;
    let foreground = 0;
    for (let y = 0, i = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++, i++) {
        const expected = pixels[merge[i] ? 'seg2' : 'seg1'](x, y, 0);
        assert.equal(target[i] !== 0, expected === 1, `target at ${x}, ${y}`);
        assert.equal(weight[i] !== 0, exclude[i] === 0, `weight at ${x}, ${y}`);
        foreground += expected;
      }
    }
    assert.ok(foreground > 10_000);
    const seg2 = images[2].pixels.seg2;
    for (let i = 0; i < second.length; i++)
      assert.equal(second[i] !== 0, seg2(i % WIDTH, Math.floor(i / WIDTH), 0) === 1);
  });

  it('trains a model on what was curated', async () => {
    await until(
      () => models.length === 1,
      () => 'no model came',
    );
    const [{ model, metrics }] = models;
    assert.equal(model.name, 'curated');
    assert.deepEqual([metrics.images, metrics.failed], [2, []]);
    const history = readFileSync(path.join(fileURLToPath(model.uri), 'metrics.csv'), 'utf8')
      .trim()
      .split('\n');
    const column = history[0].split(',').indexOf('loss');
    const losses = history.slice(1).map((row) => Number(row.split(',')[column]));
    assert.equal(losses.length, 6);
    assert.ok(losses[5] < losses[0], `losses ${losses}`);
  });

  function flow() {
    const folder = (role) => path.join(userDir, 'images', role);
    const keep = 'global.get("curated").push(msg.payload); return msg;';
    const keepModel = 'global.get("models").push({ model: msg.model, metrics: msg.metrics }); return null;';
    const plan = {
      z: 'tab',
      sizeZ: '',
      sizeY: 64,
      sizeX: 64,
      perImage: 4,
      sampling: 'balanced',
      overlap: 0,
      emit: 'plan',
    };
    const training = { z: 'tab', model: 'curated', modelType: 'str', modelSize: 'small', epochs: 6, validation: 0 };
    return [
      { id: 'tab', type: 'tab', label: 'curate' },
      { id: 'go', type: 'inject', z: 'tab', once: true, onceDelay: 0.5, payloadType: 'date', wires: [['curate1']] },
      {
        id: 'curate1',
        type: 'segmenter-curate',
        z: 'tab',
        name: 'Nuclei',
        folder: path.join(userDir, 'review'),
        folderType: 'str',
        raw: folder('raw'),
        rawType: 'str',
        seg1: folder('seg1'),
        seg1Type: 'str',
        seg2: folder('seg2'),
        seg2Type: 'str',
        wires: [['keep'], []],
      },
      { id: 'keep', type: 'function', z: 'tab', func: keep, outputs: 1, wires: [['patch']] },
      { id: 'patch', type: 'segmenter-patch', ...plan, seed: 0, wires: [['train']] },
      { id: 'train', type: 'segmenter-train', ...training, learningRate: 0.003, seed: 0, wires: [['model'], []] },
      { id: 'model', type: 'function', z: 'tab', func: keepModel, outputs: 1, wires: [[]] },
    ];
  }

  /** The image's files, each role in its folder. */
  async function write({ id, pixels }) {
    const { createImageWriter } = require('./dist/src/formats/index.js');
    for (const [role, dtype] of [
      ['raw', 'uint16'],
      ['seg1', 'uint8'],
      ['seg2', 'uint8'],
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
    const response = await fetch(new URL('auth/token', proxy.url), {
      method: 'POST',
      body: new URLSearchParams({
        client_id: 'node-red-admin',
        grant_type: 'password',
        scope: '',
        username: name,
        password: name,
      }),
    });
    return (await response.json()).access_token;
  }

  async function waitForRun() {
    const headers = { authorization: `Bearer ${await login('anna')}` };
    let seen = 0;
    await until(
      async () => {
        const { items = [] } = await (await fetch(`${url}queue`, { headers })).json();
        seen = items.length;
        return seen === NAMES.length;
      },
      () => `only ${seen} images are up`,
    );
  }
});

function goldenMask(kind) {
  const mask = new Uint8Array(HEIGHT * WIDTH);
  for (const [y, from, to] of golden[kind].runsYXX) mask.fill(1, y * WIDTH + from, y * WIDTH + to);
  return mask;
}

async function until(isSo, otherwise) {
  for (const end = Date.now() + 60_000; !(await isSo()); ) {
    if (Date.now() > end) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
