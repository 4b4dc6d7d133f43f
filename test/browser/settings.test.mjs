import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';

const require = createRequire(inRoot('package.json'));
const { kindOf, optionsOf, OTHER_IMAGE, typeOf } = require('./dist/nodes/editor/fields.js');
const { settingRows } = require('./dist/nodes/editor/page.js');
const { NODE_PAGES } = require('./dist/nodes/editor/pages.js');
const { fits, readValue } = require('./dist/nodes/setting-values.js');

const SCREENSHOTS = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
const COMPUTE = 'segmenter-compute';
/** Tried in this order: the first that a setting takes and that is not its default. */
const VALUES = [
  '32',
  '16',
  '0.3',
  '8',
  '0.6',
  '64',
  '2',
  '1',
  'kept',
  'redis://127.0.0.1:1',
  'kept=/kept',
  'http://127.0.0.1:1',
];
/** Of raw images and a manifest there can be one only: each is given in one of the two nodes. */
const LEFT_OUT = { 'segmenter-curate': 'raw', 'segmenter-load-image': 'manifest' };
/** What no check takes; blank where only something missing is wrong. */
const WRONG = ['-1', '2, x', ''];

/** Every node by hand: each of its settings is given in the dialog, wrong ones are refused with their reason, and all are kept. */
describe('every setting of every node', () => {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-settings-'));
  const problems = [];
  /** what each node must have, by its id */
  const wanted = new Map();
  let host;
  let browser;
  let page;

  afterEach(async function () {
    if (this.currentTest.state === 'failed') await screenshot('settings-failed');
  });
  before(async function () {
    this.timeout(120_000);
    browser = await launchChromium(this);
    mkdirSync(SCREENSHOTS, { recursive: true });
    const compute = { id: 'place', type: COMPUTE, name: '', version: 1, queue: 100, memory: 0, threads: 0 };
    const tab = { id: 'empty', type: 'tab', label: 'Empty' };
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify([tab, compute]));
    host = await startNodeRed({ userDir, port: 27_880 });
    page = await browser.newPage({ viewport: { width: 1700, height: 1250 } });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(host.url);
    await page.locator('.red-ui-palette-node[data-palette-type=segmenter-train]').waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  for (const [i, nodePage] of NODE_PAGES.entries()) {
    const { name } = nodePage.page;
    it(`${name}: refuses what is wrong with a reason, and takes each setting`, async () => {
      const id = name === 'compute' ? 'place' : await drag(`segmenter-${name}`, i);
      const dialog = new Dialog(page, nodePage);
      assert.equal(await page.evaluate((node) => RED.nodes.node(node).version, id), 1);
      await dialog.open(id);
      await screenshot(`segmenter-${name}`);
      const shown = await page.locator('.red-ui-tray').last().textContent();
      assert.doesNotMatch(shown, /segmenter-[a-z-]+\.[a-z]|node-red:/i, 'an untranslated label');
      await dialog.giveWrong(
        JSON.parse(readFileSync(inRoot('nodes', name, 'locales', 'en-US', `${name}.json`), 'utf8')),
      );
      wanted.set(id, await dialog.giveAll());
      await dialog.close();
      assert.deepEqual(await page.evaluate((node) => RED.nodes.node(node).validationErrors ?? [], id), []);
    });
  }

  it('shows the reason at the field, of a number and of a typed input', async () => {
    const [id] = [...wanted].find(([, { type }]) => type === 'segmenter-watch');
    const dialog = new Dialog(
      page,
      NODE_PAGES.find(({ page: { name } }) => name === 'watch'),
    );
    await dialog.open(id);
    for (const [setting, wrong, reason] of [
      ['interval', '-1', /0\.2/],
      ['folder', '', /folder/i],
    ]) {
      const field = await dialog.visible(setting);
      await field.fill(wrong);
      await field.blur();
      await page.mouse.move(10, 10);
      await field.hover();
      await page.locator('.red-ui-popover:visible', { hasText: reason }).waitFor({ timeout: 4000 });
      await screenshot(`settings-reason-${setting}`);
    }
    await page.locator('#node-dialog-cancel').click();
    await page.locator('.red-ui-tray').waitFor({ state: 'detached' });
  });

  it('are deployed, there again when the editor is opened anew, and stay as they are when a dialog is closed', async function () {
    this.timeout(60_000);
    await page.locator('#red-ui-header-button-deploy').click();
    await page.locator('.red-ui-notification', { hasText: 'deployed' }).waitFor();
    const flows = await (await fetch(`${host.url}flows`)).json();
    for (const [id, values] of wanted) {
      assert.deepEqual(pick(flows.find((node) => node.id === id) ?? {}, values), values);
    }
    await page.reload();
    await page.waitForFunction((id) => globalThis.RED?.nodes?.node(id), [...wanted.keys()].at(-1));
    await page.waitForTimeout(500);
    for (const [id, values] of wanted) {
      const dialog = new Dialog(
        page,
        NODE_PAGES.find(({ page: { name } }) => `segmenter-${name}` === values.type),
      );
      await dialog.open(id);
      await dialog.close();
      const [now, isChanged] = await page.evaluate((node) => {
        const { changed, ...rest } = RED.nodes.createCompleteNodeSet().find((each) => each.id === node);
        return [rest, RED.nodes.node(node).changed === true];
      }, id);
      assert.deepEqual(pick(now, values), values);
      assert.equal(isChanged, false, `${values.type} was changed by opening its dialog`);
    }
  });

  it('reported no error', () => assert.deepEqual(problems, []));

  /** Drags a node from the palette into the flow; returns its id. */
  async function drag(type, row) {
    const known = await nodeIds();
    const entry = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await entry.hover();
    await page.mouse.down();
    await page.mouse.move(500, 140 + 60 * row, { steps: 5 });
    await page.mouse.up();
    const added = (await nodeIds()).filter((id) => !known.includes(id));
    assert.equal(added.length, 1, `dragging ${type} placed ${added.length} nodes`);
    return added[0];
  }

  function nodeIds() {
    return page.evaluate(() => RED.nodes.filterNodes({}).map(({ id }) => id));
  }

  function screenshot(name) {
    return page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }
});

/** A node's dialog as a person fills it in. */
class Dialog {
  constructor(page, { page: editorPage, settings }) {
    this.page = page;
    this.rows = settingRows(editorPage);
    this.schemas = settings.properties;
    this.type = `segmenter-${editorPage.name}`;
    this.isConfig = this.type === COMPUTE;
    this.prefix = this.isConfig ? 'node-config-input' : 'node-input';
  }

  async open(id) {
    if (this.isConfig) await this.page.evaluate((node) => RED.editor.editConfig('', 'segmenter-compute', node), id);
    else await this.page.evaluate((node) => RED.editor.edit(RED.nodes.node(node)), id);
    await this.field('name').waitFor();
    // The tray slides in.
    await this.page.waitForTimeout(120);
    const folded = this.page.locator('details.segmenter-section:not([open]) > summary');
    while ((await folded.count()) > 0) await folded.first().click();
  }

  async close() {
    await this.page.locator(this.isConfig ? '#node-config-dialog-ok' : '#node-dialog-ok').click();
    await this.page.locator('.red-ui-tray').waitFor({ state: 'detached' });
  }

  field(name) {
    return this.page.locator(`[id="${this.prefix}-${name}"]`);
  }

  /** The field that a person types into. */
  async visible(name) {
    const row = this.rows.find((each) => each.name === name);
    if (!row || kindOf(row, this.schemas) !== 'typed') return this.field(name);
    return this.page.locator(`[id="${this.prefix}-${name}"] + .red-ui-typedInput-container input:visible`).first();
  }

  /** Gives each setting that has a check what it does not take: its field is marked, and has the catalogue's reason. */
  async giveWrong({ reason: reasons }) {
    for (const row of this.rows.filter(({ reason }) => reason)) {
      const wrong = WRONG.find((text) => !this.isTaken(row, text, { raw: '', valueType: 'num', modelType: 'str' }));
      if (wrong === undefined) continue;
      await this.show(row);
      await this.fill(row, wrong);
      assert.match(String(await this.field(row.name).getAttribute('class')), /input-error/, `${this.type} ${row.name}`);
      const told = await this.field(row.name).evaluate(async (field) => {
        const tooltip = $(field).data('tooltip');
        tooltip.open(true);
        // Node-RED 5 fills it a moment later.
        await new Promise((resolve) => setTimeout(resolve));
        const text = $('.red-ui-popover:visible').last().text();
        tooltip.close(true);
        return text;
      });
      assert.equal(told, reasons[row.reason], `${this.type} ${row.name}`);
    }
  }

  /** Gives each setting something else than its default. @returns what the node must have then */
  async giveAll() {
    const values = { type: this.type, name: 'kept' };
    await this.field('name').fill('kept');
    for (const row of this.rows.filter(({ name }) => name !== LEFT_OUT[this.type])) {
      await this.show(row);
      Object.assign(values, await this.give(row));
    }
    // What decides which rows are shown has followed them; what is shown itself for another row comes before that.
    const deciding = this.rows.filter(({ name }) => this.rows.some(({ shownFor }) => shownFor?.field === name));
    for (const row of deciding.toReversed()) {
      await this.show(row);
      Object.assign(values, await this.give(row));
    }
    return values;
  }

  async give(row) {
    const { name } = row;
    const schema = this.schemas[name];
    switch (kindOf(row, this.schemas)) {
      case 'checkbox':
        await this.field(name).setChecked(!schema.default);
        return { [name]: !schema.default };
      case 'select': {
        const value = optionsOf(schema).findLast((option) => option !== String(schema.default));
        await this.field(name).selectOption(value);
        return { [name]: value };
      }
      case 'config':
        await this.field(name).selectOption('place');
        return { [name]: 'place' };
      case 'typed': {
        const container = this.page.locator(`[id="${this.prefix}-${name}"] + .red-ui-typedInput-container`);
        const options = this.page.locator('.red-ui-typedInput-options:visible');
        // The menu of the row before goes slowly.
        await options.first().waitFor({ state: 'hidden' });
        await container.locator('.red-ui-typedInput-type-select').click();
        await options.locator('a', { hasText: /^flow\.?$/ }).click();
        await this.fill(row, `kept_${name}`);
        return { [name]: `kept_${name}`, [typeOf(name)]: 'flow' };
      }
      default: {
        const value = VALUES.find(
          (text) => text !== String(schema.default ?? '') && this.isTaken(row, text, { raw: 'kept' }),
        );
        await this.fill(row, value);
        return { [name]: value };
      }
    }
  }

  async fill(row, text) {
    if (kindOf(row, this.schemas) === 'image')
      await this.page.locator(`[id="${this.prefix}-choice-${row.name}"]`).selectOption(OTHER_IMAGE);
    const field = await this.visible(row.name);
    await field.fill(text);
    await field.blur();
  }

  /** Sees to it that a row can be seen. */
  async show({ shownFor }) {
    if (!shownFor) return;
    const { field: name } = shownFor;
    const isImage = this.rows.find((row) => row.name === name).images;
    const deciding = isImage ? this.page.locator(`[id="${this.prefix}-choice-${name}"]`) : this.field(name);
    if (typeof shownFor.values[0] === 'boolean') await deciding.setChecked(shownFor.values[0]);
    else await deciding.selectOption(shownFor.values[0]);
  }

  isTaken({ name, check }, text, node) {
    const value = readValue(this.schemas[name], text);
    return fits(this.schemas[name], value) && (check?.(text, node) ?? true);
  }
}

/** Of a node what the others have, too. */
function pick(node, like) {
  return Object.fromEntries(Object.keys(like).map((key) => [key, node[key]]));
}
