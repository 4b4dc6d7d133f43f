import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';

const require = createRequire(inRoot('package.json'));
const SCREENSHOTS = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
const SIZE = 96;
/** Enough to open the editor, and no more. */
const NO_PICTURES = ['flows.read', 'settings.read', 'nodes.read', 'plugins.read', 'library.read', 'status.read'];
/** The input lies over the middle of the button. */
const LEFT_OF_PORT = { position: { x: 4, y: 9 } };
/** In which a picture would have come. */
const A_WHILE = 1500;

describe('previews on the canvas of the editor', function () {
  this.timeout(120_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-preview-'));
  /** places of which the editors were told that there is something new */
  const told = [];
  let browser;
  let host;
  let page;
  let problems;

  before(async function () {
    browser = await launchChromium(this);
    mkdirSync(SCREENSHOTS, { recursive: true });
    for (const [name, radius] of [
      ['first', 20],
      ['second', 30],
    ]) {
      await write(path.join(userDir, 'raw', `${name}.ome.tiff`), disc(radius, 200));
      await write(path.join(userDir, 'seg', `${name}.ome.tiff`), disc(radius - 4, 1));
    }
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow(userDir)));
    const { hashSync } = require('bcryptjs');
    const user = (username, permissions) => ({ username, password: hashSync(username, 4), permissions });
    const users = [user('anna', '*'), user('eve', NO_PICTURES)];
    host = await startNodeRed({ userDir, port: 24880, settings: { adminAuth: { type: 'credentials', users } } });
    host.RED.events.on('comms', ({ topic, data }) => topic === 'segmenter/preview' && told.push(data.node));
    await host.started;
    page = await open('anna');
  });

  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  afterEach(() => assert.deepEqual(problems, []));

  it('shows what passes below the node, with the id of the sample and its Dice', async () => {
    await send('first');
    const picture = thumbnail();
    await picture.waitFor();
    assert.match(await picture.locator('image').getAttribute('href'), /^blob:/);
    const dice = /^first\s+Dice (0\.\d{3})$/.exec(await caption().textContent());
    assert.ok(Number(dice?.[1]) > 0.5, await caption().textContent());
    assert.match(await picture.getAttribute('aria-label'), /^Open first in the viewer, Dice 0\.\d{3}$/);
    const [box, below] = [await nodeBox('judged'), await picture.locator('rect').boundingBox()];
    assert.ok(below.y >= box.y + box.height && below.y < box.y + box.height + 12, 'it is not below the node');
    assert.ok(Math.abs(below.x - box.x) < 3 && below.width > 180 && below.height > 180);
    await page.screenshot({ path: path.join(SCREENSHOTS, 'preview.png') });
  });

  it('goes where the node goes, and becomes smaller with the canvas', async () => {
    const before = await thumbnail().locator('image').boundingBox();
    const { x, y, width, height } = await nodeBox('judged');
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 45, y + height / 2 + 30, { steps: 6 });
    await page.mouse.up();
    const [moved, node] = [await thumbnail().locator('image').boundingBox(), await nodeBox('judged')];
    assert.ok(node.x > x && node.y > y, 'the node did not move');
    const offsets = [moved.x - before.x - (node.x - x), moved.y - before.y - (node.y - y)];
    assert.ok(
      offsets.every((offset) => Math.abs(offset) <= 1),
      `the picture is ${offsets} pixels away from its place`,
    );
    await page.evaluate(() => RED.actions.invoke('core:zoom-out'));
    await page.waitForTimeout(500);
    const smaller = await thumbnail().locator('image').boundingBox();
    assert.ok(smaller.width < before.width, `${smaller.width} pixels wide, before ${before.width}`);
    await page.evaluate(() => RED.actions.invoke('core:zoom-reset'));
  });

  it('opens the sample in the viewer, in a tab of its own', async () => {
    const opened = page.context().waitForEvent('page');
    await thumbnail().click();
    const viewer = await opened;
    assert.match(viewer.url(), /\/segmenter\/results\/\?node=judged&sample=first$/);
    await viewer.close();
  });

  it('draws nothing for a hidden tab, and the newest sample when it is seen again', async () => {
    await setHidden(true);
    await page.waitForTimeout(300);
    const before = told.length;
    await send('second');
    await send('first');
    await send('second');
    await page.waitForTimeout(A_WHILE);
    assert.equal(told.length, before, 'something was drawn');
    await setHidden(false);
    await caption('second').waitFor();
  });

  it('switched off at its button, draws nothing and hides its picture; the flow keeps it', async () => {
    await button().click(LEFT_OF_PORT);
    await thumbnail().waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => RED.nodes.node('judged').shown), false);
    await page.waitForTimeout(300);
    const before = told.filter((node) => node === 'judged').length;
    await send('first');
    await page.waitForTimeout(A_WHILE);
    assert.equal(told.filter((node) => node === 'judged').length, before);
    await deploy();
    assert.equal(await page.evaluate(() => RED.nodes.node('judged').shown), false);
    await button().click(LEFT_OF_PORT);
    await page.waitForTimeout(500);
    await send('first');
    await caption('first').waitFor();
    await deploy();
  });

  it('is there in an editor that is opened later, and after a deploy', async () => {
    await deploy();
    const before = told.length;
    const other = await open('anna');
    await thumbnail(other).waitFor();
    assert.match(await thumbnail(other).locator('text').textContent(), /^first/);
    await other.close();
    assert.equal(told.length, before, 'it was drawn anew');
  });

  it('goes with its node, and comes back with it', async () => {
    await page.evaluate(() => {
      RED.view.select({ nodes: [RED.nodes.node('judged')] });
      RED.actions.invoke('core:delete-selection');
    });
    await thumbnail().waitFor({ state: 'detached' });
    await page.evaluate(() => RED.history.pop());
    await thumbnail().waitFor();
  });

  it('shows in a subflow what passed its instances', async () => {
    await page.evaluate(() => RED.workspaces.show('sub'));
    await page.locator('#inside .segmenter-thumbnail').waitFor();
    await page.locator('#inside .segmenter-thumbnail text', { hasText: 'first' }).waitFor();
    await page.evaluate(() => RED.workspaces.show('tab'));
    await thumbnail().waitFor();
  });

  it('a person without the permission gets no picture', async () => {
    const kept = problems;
    const stranger = await open('eve');
    const [problemsOfEve, mine] = [problems, kept];
    problems = mine;
    await stranger.waitForTimeout(A_WHILE);
    assert.equal(await stranger.locator('#judged').count(), 1);
    assert.equal(await stranger.locator('.segmenter-thumbnail image[href]').count(), 0);
    const status = await stranger.evaluate(
      () =>
        new Promise((resolve) =>
          $.ajax('segmenter/preview/judged/picture').always((a, _, b) => resolve(b?.status ?? a.status)),
        ),
    );
    assert.equal(status, 401);
    assert.ok(
      problemsOfEve.every((problem) => problem.includes('401')),
      String(problemsOfEve),
    );
    await stranger.close();
  });

  const thumbnail = (where = page) => where.locator('#judged .segmenter-thumbnail');
  const caption = (name = '') => thumbnail().locator('text', { hasText: name });
  const button = () => page.locator('#judged .red-ui-flow-node-button-button');

  async function nodeBox(id) {
    return page.locator(`#${id} > g > rect.red-ui-flow-node, #${id} > rect.red-ui-flow-node`).first().boundingBox();
  }

  async function send(name) {
    const scored = new Promise((resolve) => {
      host.RED.hooks.add('onReceive.preview-test', ({ destination }) => {
        if (destination.id === 'end') resolve();
      });
    });
    host.RED.nodes.getNode('load').receive({ payload: { path: path.join(userDir, 'raw', `${name}.ome.tiff`) }, name });
    await scored;
    host.RED.hooks.remove('onReceive.preview-test');
  }

  async function deploy() {
    const started = new Promise((resolve) => host.RED.events.once('flows:started', resolve));
    await page.evaluate(() => RED.nodes.dirty(true));
    await page.locator('#red-ui-header-button-deploy').click();
    await started;
    await page.waitForTimeout(500);
  }

  async function setHidden(hidden) {
    await page.evaluate(
      (state) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
        document.dispatchEvent(new Event('visibilitychange'));
      },
      hidden ? 'hidden' : 'visible',
    );
  }

  async function open(username) {
    const form = { client_id: 'node-red-editor', grant_type: 'password', scope: '', username, password: username };
    const answer = await fetch(`${host.url}auth/token`, { method: 'POST', body: new URLSearchParams(form) });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.addInitScript((token) => localStorage.setItem('auth-tokens', token), await answer.text());
    const opened = await context.newPage();
    const found = [];
    problems = found;
    opened.on('pageerror', (error) => found.push(error.message));
    opened.on('console', (message) => message.type() === 'error' && found.push(message.text()));
    await opened.goto(host.url);
    await opened.locator('#judged').waitFor({ timeout: 60_000 });
    return opened;
  }
});

/** load-image takes the file that the message names; an instance of a subflow holds another preview. */
function flow(folder) {
  const at = (id, type, x, y, wires, rest = {}) => ({ id, type, z: 'tab', name: id, x, y, wires, ...rest });
  return [
    { id: 'tab', type: 'tab', label: 'Previews' },
    {
      ...{ id: 'sub', type: 'subflow', name: 'Inside', info: '' },
      in: [{ x: 60, y: 60, wires: [{ id: 'inside' }] }],
      out: [{ x: 360, y: 60, wires: [{ id: 'inside', port: 0 }] }],
    },
    at('inside', 'segmenter-preview', 200, 60, [[]], { z: 'sub' }),
    at('load', 'segmenter-load-image', 110, 80, [['threshold']], {
      ...{ raw: path.join(folder, 'raw'), rawType: 'str', seg1: path.join(folder, 'seg'), seg1Type: 'str' },
      ...{ raw: 'payload.path', rawType: 'msg', settle: 0 },
    }),
    at('threshold', 'segmenter-threshold', 270, 80, [['evaluate', 'instance']], { from: 'raw', method: 'otsu' }),
    at('evaluate', 'segmenter-evaluate', 420, 80, [['judged'], []]),
    at('judged', 'segmenter-preview', 600, 160, [['end']]),
    at('instance', 'subflow:sub', 420, 200, [[]]),
    at('end', 'debug', 560, 80, [], { active: false }),
  ];
}

/** A bright disc in the middle. */
function disc(radius, value) {
  return Uint8Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [y, x] = [Math.floor(i / SIZE) - SIZE / 2, (i % SIZE) - SIZE / 2];
    return y * y + x * x <= radius * radius ? value : 0;
  });
}

async function write(file, pixels) {
  const { createImageWriter } = require(inRoot('dist', 'src', 'formats', 'index.js'));
  const info = { shape: [1, 1, 1, SIZE, SIZE], dtype: 'uint8', channels: [{ index: 0, name: 'c0' }], pixelSize: null };
  const writer = await createImageWriter(file, info, 'ome-tiff');
  await writer.write(pixels);
  await writer.finish();
}
