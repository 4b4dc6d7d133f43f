import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { dialogStands } from './support/dialog.mjs';

const SCREENSHOTS = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
/** Real images that lie beside the clone, or behind a link there, where they are there. */
const BESIDE = path.resolve(inRoot(), '..', 'shared', 'data', 'real');
const REAL = existsSync(BESIDE) ? realpathSync(BESIDE) : BESIDE;
const PLATE = path.join(REAL, 'nuclei2d-bbbc039');
/** The allowed folder that is listed for it: one that lies in another is not. */
const ROOT = [os.homedir(), os.tmpdir(), REAL].find((each) => `${REAL}${path.sep}`.startsWith(each + path.sep));
// Of one process: whichever test is the first to need workers makes them.
process.env.SEGMENTER_ROOTS = REAL;
process.env.SEGMENTER_BACKENDS ??= 'onnx/cpu';

/** A path that begins where the flow's variable points. */
const begin = (role) => ({ [role]: 'SAMPLES', [`${role}Type`]: 'env' });

describe('own data, chosen by the mouse alone', () => {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-own-data-'));
  const problems = [];
  let host;
  let browser;
  let page;

  before(async function () {
    if (!existsSync(PLATE)) this.skip();
    this.timeout(120_000);
    browser = await launchChromium(this);
    mkdirSync(SCREENSHOTS, { recursive: true });
    const node = {
      id: 'load',
      type: 'segmenter-load-image',
      z: 'tab',
      x: 200,
      y: 100,
      wires: [[]],
      ...begin('raw'),
      ...begin('seg1'),
    };
    const env = [{ name: 'SAMPLES', type: 'str', value: PLATE }];
    writeFileSync(
      path.join(userDir, 'flows.json'),
      JSON.stringify([{ id: 'tab', type: 'tab', label: 'Own', env }, node, ...quickStart()]),
    );
    host = await startNodeRed({ userDir, port: 24_880 });
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(host.url);
    await page.locator('.red-ui-palette-node[data-palette-type=segmenter-load-image]').waitFor({ timeout: 60_000 });
    await page.waitForFunction(() => RED.nodes.node('load'));
    await page.evaluate(() => RED.editor.edit(RED.nodes.node('load')));
    await page.locator('#node-input-browse-raw').waitFor();
    await dialogStands(page);
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const entry = (name) => page.locator('.segmenter-paths-entry', { hasText: name }).first();
  const open = (name) => entry(name).dblclick();
  const choose = () => page.locator('.segmenter-paths-end').getByText('Choose', { exact: true }).click();
  const fieldOf = (role) => page.evaluate((name) => $(`#node-input-${name}`).typedInput('value'), role);

  it('goes from a folder to raw images and masks, up to the pairs', async () => {
    await page.locator('#node-input-browse-raw').click();
    await open('train');
    await entry('raw').click();
    await screenshot('own-data-folders');
    await choose();
    const train = path.join(PLATE, 'train');
    assert.equal(await fieldOf('raw'), path.join(train, 'raw'));
    await page.locator('#node-input-browse-seg1').click();
    await open('train');
    await open('seg');
    // The folder that is open is what is chosen.
    await page.locator('.segmenter-paths-entry.file').first().waitFor();
    await choose();
    assert.equal(await fieldOf('seg1'), path.join(train, 'seg'));
    await page.locator('#node-input-browse-seg2').click();
    await entry('seg').waitFor();
    assert.equal(
      await page.locator('.segmenter-paths-place input').inputValue(),
      train,
      'it begins beside the raw images',
    );
    await page.keyboard.press('Escape');
    await page.locator('#segmenter-look-into').click();
    const count = readdirSync(path.join(train, 'raw')).length;
    await page.locator('#segmenter-contents', { hasText: `${count} raw, ${count} of` }).waitFor({ timeout: 60_000 });
    const picture = page.locator('#segmenter-contents img');
    await picture.waitFor({ timeout: 60_000 });
    assert.ok((await picture.evaluate((image) => image.naturalWidth)) > 20);
    await screenshot('own-data-pairs');
  });

  it('begins where a variable of the flow points, and is worked by keys', async () => {
    await page.evaluate(() => $('#node-input-raw').typedInput('type', 'env'));
    await page.evaluate((text) => $('#node-input-raw').typedInput('value', text), '${' + 'SAMPLES}/test/raw');
    await page.locator('#node-input-browse-raw').click();
    const files = readdirSync(path.join(PLATE, 'test', 'raw')).sort();
    await entry(files[0]).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    assert.equal(await page.locator('[aria-selected=true] .segmenter-paths-name').textContent(), files.at(-1));
    await page.keyboard.press('Backspace');
    await entry('instances').waitFor();
    await page.keyboard.type('raw');
    assert.equal(await page.locator('[aria-selected=true] .segmenter-paths-name').textContent(), 'raw');
    await page.keyboard.press('Enter');
    await entry(files[0]).waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.locator('.segmenter-paths').waitFor({ state: 'detached' });
    assert.equal(await fieldOf('raw'), path.join(PLATE, 'test', 'raw', files[0]));
    assert.ok(await page.locator('#node-input-raw').count(), 'the dialog of the node is still open');
  });

  it('says why a folder is not shown, and with which line it is allowed', async () => {
    await page.locator('#node-input-browse-seg1').click();
    const place = page.locator('.segmenter-paths-place input');
    await page.locator('.segmenter-paths-entry').first().waitFor();
    await page.locator('.segmenter-paths-place').getByRole('button', { name: 'All allowed folders' }).click();
    await entry(ROOT).waitFor();
    await place.fill('/etc/ssl');
    await place.press('Enter');
    await page.locator('.segmenter-paths-fault', { hasText: 'npm start -- --data /etc/ssl' }).waitFor();
    await screenshot('own-data-refused');
    await page.keyboard.press('Escape');
    await page.locator('.segmenter-paths').waitFor({ state: 'detached' });
    // The browser itself notes the answer 403.
    assert.deepEqual(
      problems.filter((problem) => !/403|ERR_/.test(problem)),
      [],
    );
  });

  it('goes from the quick start and folders elsewhere to a model with a score', async () => {
    await page.locator('#node-dialog-cancel').click();
    await page.locator('#node-dialog-cancel').waitFor({ state: 'detached' });
    await page.locator('.red-ui-tab', { hasText: 'Quick start 2D' }).click();
    for (const [id, part] of [
      ['quick2d-training', 'train'],
      ['quick2d-tests', 'test'],
    ]) {
      await page.locator(`[id="${id}"] .red-ui-flow-node`).dblclick();
      await dialogStands(page);
      for (const [role, folder] of [
        ['raw', 'raw'],
        ['seg1', 'seg'],
      ]) {
        await page.locator(`#node-input-browse-${role}`).click();
        await page.locator('.segmenter-paths-place').getByRole('button', { name: 'All allowed folders' }).click();
        for (const name of [ROOT, ...path.relative(ROOT, path.join(PLATE, part)).split(path.sep)]) await open(name);
        await entry(folder).click();
        await choose();
        assert.equal(await fieldOf(role), path.join(PLATE, part, folder));
      }
      await page.locator('#node-dialog-ok').click();
      await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
    }
    await page.locator('#red-ui-header-button-deploy').click();
    await page.locator('.red-ui-notification', { hasText: 'deployed' }).waitFor();
    await page.locator('[id="quick2d-start"] .red-ui-flow-node-button-button').click();
    const images = readdirSync(path.join(PLATE, 'test', 'raw')).length;
    const status = page.locator('[id="quick2d-evaluate"] .red-ui-flow-node-status-label');
    await status.filter({ hasText: /Mean Dice/ }).waitFor({ timeout: 90_000 });
    await screenshot('own-data-scored');
    assert.match(await status.textContent(), new RegExp(`^Mean Dice [01]\\.\\d{3} \\(${images} images\\)`));
    const card = JSON.parse(readFileSync(path.join(userDir, 'models', 'nuclei-2d', 'v1', 'model.json'), 'utf8'));
    const learned = card.data.map(({ images: { raw } }) => new URL(raw.uri).pathname);
    assert.equal(learned.length, readdirSync(path.join(PLATE, 'train', 'raw')).length);
    assert.ok(learned.every((file) => file.startsWith(path.join(PLATE, 'train', 'raw'))));
  });

  /** As `npm start` opens it, with a training of a few steps. */
  function quickStart() {
    const shorter = {
      'segmenter-patch': { sizeY: 64, sizeX: 64, perImage: 1 },
      'segmenter-train': { modelSize: 'small', levels: '3', epochs: 2 },
    };
    const flow = JSON.parse(readFileSync(inRoot('examples', 'flows', 'quick-start-2d.json'), 'utf8'));
    return flow.map((node) => {
      const env = node.type === 'tab' ? { env: [{ name: 'SAMPLES', type: 'str', value: userDir }] } : {};
      return { ...node, ...env, ...shorter[node.type] };
    });
  }

  function screenshot(name) {
    return page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }
});
