import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { keepPicture, picturesAreMade } from './support/picture.mjs';

const SCREENSHOTS = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
const TYPES = Object.keys(JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))['node-red'].nodes);
const CONFIG_TYPES = ['segmenter-compute'];
const PALETTE_TYPES = TYPES.filter((type) => !CONFIG_TYPES.includes(type));

/** Pixels of a flow's picture in the documentation, and around its nodes. */
const [FLOW_WIDTH, EDGE] = [640, 12];

/** What Node-RED might answer of its machine. */
const SURVEY = {
  machine: {
    ...{
      host: 'lab',
      cpu: 'A processor',
      cores: 4,
      memoryMB: 16384,
      gpus: ['A card'],
      driver: '535.1',
      environment: {},
    },
    versions: { package: '0.1.0', node: '22.9.0', 'onnxruntime-node': '1.30.0', '@tensorflow/tfjs-node-gpu': null },
  },
  trials: [
    {
      ...{ engine: 'onnx', device: 'cpu', precision: 'float32' },
      outcome: { state: 'working', speeds: { predict2d: 1.5e6, predict3d: 5e5, train2d: 9, train3d: 3 } },
    },
    {
      ...{ engine: 'onnx', device: 'cuda', precision: 'float32' },
      outcome: { state: 'absent', reason: 'no driver', remedy: 'install one' },
    },
  ],
  auto: {
    predict: { engine: 'onnx', device: 'cpu', precision: 'float32', reason: 'onnx on cpu: the only one', warnings: [] },
    train: null,
  },
  disturbed: false,
};

describe('the editor', () => {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-browser-'));
  const problems = [];
  let host;
  let browser;
  let page;

  before(async function () {
    browser = await launchChromium(this);
    mkdirSync(SCREENSHOTS, { recursive: true });
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify([{ id: 'empty', type: 'tab', label: 'Empty' }]));
    host = await startNodeRed({ userDir, port: 21880 });
    page = await browser.newPage({ viewport: { width: 1900, height: 1000 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(host.url);
    await page.waitForSelector(paletteNode(PALETTE_TYPES[0]), { timeout: 60000 });
  });

  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('shows every node in the palette under "segmentation"', async () => {
    for (const type of PALETTE_TYPES) {
      assert.ok(await page.locator(paletteNode(type)).isVisible(), `${type} is not in the palette`);
    }
    const category = page.locator('#red-ui-palette-container-segmentation .red-ui-palette-node');
    assert.equal(await category.count(), PALETTE_TYPES.length);
    await screenshot('palette');
  });

  it('gives a node of an older version the names of today when a flow is imported', async () => {
    await page.addScriptTag({ content: await inventedType() });
    const stored = { id: 'old', type: 'segmenter-invented', z: 'empty', x: 40, y: 40, wires: [] };
    const exported = await page.evaluate(
      ([...nodes]) => {
        RED.nodes.import(nodes);
        const found = RED.nodes.createCompleteNodeSet().filter(({ type }) => type === 'segmenter-invented');
        RED.nodes.remove('old');
        RED.nodes.remove('new');
        return JSON.parse(JSON.stringify(found)).map(({ id, from, image, version }) => ({ id, from, image, version }));
      },
      [
        { ...stored, from: 'mask' },
        { ...stored, id: 'new', image: 'labels', version: 2 },
      ],
    );
    assert.deepEqual(exported, [
      { id: 'old', from: undefined, image: 'mask', version: 2 },
      { id: 'new', from: undefined, image: 'labels', version: 2 },
    ]);
  });

  it('lists what a file contains in the dialog of load-image, and takes the channel that is clicked', async () => {
    const file = await writeTwoChannels(path.join(userDir, 'two.ome.tiff'));
    const id = await drag('segmenter-load-image', 0);
    await page.evaluate((node) => RED.editor.edit(RED.nodes.node(node)), id);
    const tray = page.locator('.red-ui-tray').last();
    await tray.locator('.form-row').first().waitFor();
    await page.waitForTimeout(400);
    await page.evaluate((value) => $('#node-input-raw').typedInput('value', value), file);
    await tray.locator('#segmenter-look-into').click();
    const contents = tray.locator('#segmenter-contents');
    await contents.getByText('1 GFP').waitFor();
    assert.match(await contents.textContent(), /two\.ome\.tiff.*6 x 5 uint16.*3.*0\.5 x 0\.5 x 2 µm/s);
    await contents.getByText('1 GFP').click();
    assert.equal(await tray.locator('#node-input-rawChannel').inputValue(), '1');
    await screenshot('contents');
    await tray.locator('#node-dialog-cancel').click();
    await page.waitForTimeout(400);
  });

  it('lists every engine and device in the dialog of compute, and closes the list', async () => {
    await page.route('**/segmenter/compute/devices', (route) => route.fulfill({ json: SURVEY }));
    await page.evaluate(() => RED.editor.editConfig('', 'segmenter-compute', '_ADD_', undefined));
    const tray = page.locator('.red-ui-tray').last();
    await tray.locator('.form-row').first().waitFor();
    await page.waitForTimeout(400);
    await tray.locator('#segmenter-try-devices').click();
    const table = tray.getByRole('table', { name: 'Engines and devices of this machine' });
    await table.waitFor();
    assert.equal(await table.getByRole('rowheader').count(), 2);
    assert.match(await table.getByRole('row').nth(1).textContent(), /onnx on cpu.*works.*1\.5 \/ 0\.5.*9 \/ 3/s);
    assert.match(await table.getByRole('row').nth(2).textContent(), /onnx on cuda.*absent: no driver; install one/s);
    await screenshot('devices');
    await tray.locator('#segmenter-devices').getByRole('button', { name: 'Close' }).click();
    assert.equal(await table.count(), 0);
    await page.unroute('**/segmenter/compute/devices');
    await tray.locator('#node-config-dialog-cancel').click();
    await page.waitForTimeout(400);
  });

  for (const file of readdirSync(inRoot('examples', 'flows'))) {
    it(`imports ${file}, finds every node in it valid and changes none`, async () => {
      const whole = JSON.parse(readFileSync(inRoot('examples', 'flows', file), 'utf8'));
      const flow = whole.filter(({ type }) => type !== 'global-config');
      const result = await page.evaluate((nodes) => {
        const before = new Set(RED.nodes.createCompleteNodeSet().map((node) => node.id));
        RED.nodes.import(nodes, { generateIds: true });
        RED.view.redraw(true);
        const added = RED.nodes.createCompleteNodeSet().filter((node) => !before.has(node.id));
        const tab = added.find((node) => node.type === 'tab');
        RED.workspaces.show(tab.id);
        const invalid = added.map((node) => RED.nodes.node(node.id)).filter((node) => node && node.valid === false);
        return { added, invalid: invalid.map((node) => [node.type, node.name, node.validationErrors]) };
      }, flow);
      assert.equal(result.added.length, flow.length);
      assert.deepEqual(result.invalid, []);
      assert.deepEqual(settingsIn(result.added), settingsIn(flow));
      await page.waitForTimeout(300);
      assert.deepEqual(await page.evaluate(hiddenByPictures), []);
      const name = file.replace('.json', '');
      await screenshot(name);
      if (picturesAreMade()) await keepPicture(`flow-${name}`, await flowPicture(), { width: FLOW_WIDTH });
    });
  }

  it('says on import which package a flow needs, and offers to install it, where Node-RED can', async function () {
    if (!host.RED.version().startsWith('4.1.')) return this.skip();
    const flow = JSON.parse(readFileSync(inRoot('examples', 'flows', 'opcua-lads.json'), 'utf8'));
    await page.evaluate((nodes) => RED.view.importNodes(nodes, { generateIds: true, addFlow: false }), flow);
    const told = page.locator('.red-ui-notification', { hasText: 'Required modules missing' });
    await told.waitFor();
    assert.match(await told.textContent(), /node-red-contrib-opcua[\s\S]*Install all/);
    await screenshot('packages-missing');
  });

  it('reported no error', () => assert.deepEqual(problems, []));

  function paletteNode(type) {
    return `.red-ui-palette-node[data-palette-type="${type}"]`;
  }

  /** Drags a node from the palette into the flow; returns its id. */
  async function drag(type, row) {
    const known = await nodeIds();
    await page.locator(paletteNode(type)).hover();
    await page.mouse.down();
    await page.mouse.move(500, 150 + 60 * row, { steps: 8 });
    await page.mouse.up();
    const added = (await nodeIds()).filter((id) => !known.includes(id));
    assert.equal(added.length, 1, `dragging ${type} placed ${added.length} nodes`);
    return added[0];
  }

  function nodeIds() {
    return page.evaluate(() => {
      const ids = [];
      RED.nodes.eachNode((node) => ids.push(node.id));
      return ids;
    });
  }

  /** A script that registers a type, made as the package's own, whose `from` became `image`. */
  async function inventedType() {
    const contents = `
      import { definitionOf } from './definition';
      const page = { name: 'invented', color: '#FFFFFF', rows: [{ name: 'image' }] };
      const schemas = { image: { type: 'string', default: '' } };
      const browser = { $, open() {}, onNode: (listener) => RED.events.on('nodes:add', listener) };
      const migrations = { 'segmenter-invented': [{ renamed: { from: 'image' } }] };
      const definition = definitionOf(page, schemas, browser, migrations);
      const set = { id: 'invented/invented', module: 'invented', name: 'invented', enabled: true };
      RED.nodes.addNodeSet({ ...set, types: ['segmenter-invented'] });
      RED.nodes.registerType('segmenter-invented', { category: 'common', inputs: 1, outputs: 1, ...definition });
    `;
    const stdin = { contents, resolveDir: inRoot('nodes', 'editor') };
    const { outputFiles } = await build({ stdin, bundle: true, write: false, format: 'iife', platform: 'browser' });
    return outputFiles[0].text;
  }

  /** What a flow's file holds of this package's nodes but for ids, which an import makes anew; in no order. */
  function settingsIn(nodes) {
    const isId = (key) => ['id', 'z', 'g', 'wires', 'compute'].includes(key);
    const isStored = ([key, value]) => value !== undefined && !isId(key);
    const own = nodes.filter(({ type }) => TYPES.includes(type));
    return own.map((node) => JSON.stringify(Object.entries(node).filter(isStored).sort())).sort();
  }

  async function writeTwoChannels(file) {
    const { createImageWriter } = await import(pathToFileURL(inRoot('dist', 'src', 'formats', 'index.js')).href);
    const channels = ['DAPI', 'GFP'].map((name, index) => ({ index, name }));
    const info = { shape: [1, 2, 3, 5, 6], dtype: 'uint16', channels, pixelSize: { z: 2, y: 0.5, x: 0.5 } };
    const writer = await createImageWriter(file, info, 'ome-tiff');
    await writer.write(new Uint16Array(2 * 3 * 5 * 6));
    await writer.finish();
    return file;
  }

  /** The part of the canvas that has nodes on it. */
  async function flowPicture() {
    const box = await page.evaluate(() => {
      const nodes = [...document.querySelectorAll('.red-ui-flow-node-group')].map((node) =>
        node.getBoundingClientRect(),
      );
      const [left, top] = [Math.min(...nodes.map((node) => node.left)), Math.min(...nodes.map((node) => node.top))];
      const right = Math.max(...nodes.map((node) => node.right));
      return { left, top, right, bottom: Math.max(...nodes.map((node) => node.bottom)) };
    });
    const [x, y] = [box.left - EDGE, box.top - EDGE];
    return page.screenshot({ clip: { x, y, width: box.right - x + EDGE, height: box.bottom - y + EDGE } });
  }

  function screenshot(name) {
    return page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }
});

/** Runs in the editor: wires and nodes of the shown flow that would lie behind the square picture of a preview with a status. */
function hiddenByPictures() {
  const [gap, padding, caption] = [24, 3, 16];
  const nodes = RED.nodes.filterNodes({ z: RED.workspaces.active() });
  const pictures = nodes
    .filter(({ type }) => type === 'segmenter-preview')
    .map(({ name, x, y, w, h, width }) => {
      const [left, top] = [x - w / 2, y + h / 2 + gap];
      const right = left + Number(width) + 2 * padding;
      return { name, left, top, right, bottom: top + Number(width) + 2 * padding + caption };
    });
  const points = [...document.querySelectorAll('.red-ui-flow-link-line')].flatMap((line) => {
    const steps = Math.ceil(line.getTotalLength() / 4);
    return Array.from({ length: steps + 1 }, (_, i) => line.getPointAtLength(4 * i)).map(({ x, y }) => ({
      x,
      y,
      of: 'a wire',
    }));
  });
  for (const { x, y, w, h, name, type } of nodes) {
    for (const [i, j] of [
      [-1, -1],
      [1, -1],
      [-1, 1],
      [1, 1],
      [0, 0],
    ])
      points.push({ x: x + (i * w) / 2, y: y + (j * h) / 2, of: name || type });
  }
  const hidden = pictures.flatMap(({ name, left, top, right, bottom }) =>
    points
      .filter(({ x, y }) => x > left && x < right && y > top && y < bottom)
      .map(({ of }) => `${of} behind the picture of ${name}`),
  );
  return [...new Set(hidden)];
}
