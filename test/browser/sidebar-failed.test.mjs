import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { showSidebar } from './support/sidebar.mjs';

const require = createRequire(inRoot('package.json'));
const { DeadLetters } = require('./dist/src/results/dead-letters.js');
const { buildTiff, planePage } = require('./dist/test/formats/tiff/tiff-builder.js');
const KEY = 'auth-tokens';
const SIDE = 32;

describe('what failed, and the logs, in the tab Segmentation', function () {
  this.timeout(120_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-failed-'));
  const share = path.join(userDir, 'share');
  const problems = [];
  let browser;
  let host;
  let page;
  let tab;

  before(async function () {
    browser = await launchChromium(this);
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow()));
    // What an earlier run of Node-RED left: its share was away, and one node is no longer there.
    const letters = new DeadLetters({ folder: path.join(userDir, 'segmenter', 'failed') });
    for (const [name, id] of [
      ['night_1', 'loading'],
      ['night_2', 'loading'],
      ['night_3', 'removed'],
    ])
      letters.add(letterOf(name, id));
    await letters.idle();
    const { hashSync } = require('bcryptjs');
    const user = (username, permissions) => ({ username, password: hashSync(username, 4), permissions });
    const users = [user('anna', '*'), user('eve', ['read'])];
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

  it('lists it with the reason, and shows who may only read no way to change it', async () => {
    await tab.getByRole('heading', { name: 'Failed' }).waitFor();
    for (const text of ['night_1.tif', 'night_2.tif', 'night_3.tif'])
      await tab.getByText(text, { exact: true }).waitFor();
    await tab.getByText('its node is no longer there').waitFor();
    assert.equal(await tab.getByText('the share does not answer').count(), 3);
    assert.equal(await tab.getByRole('button', { name: /^Try again: night_3/ }).count(), 0);
    const eve = await openEditor('eve');
    const seen = eve.locator('.segmenter-tab');
    await seen.getByText('night_1.tif', { exact: true }).waitFor();
    assert.equal(await seen.getByRole('button', { name: /Try again|Try all again|Dismiss/ }).count(), 0);
    await eve.context().close();
  });

  it('tries one again by the keyboard, once the share is back, and dismisses another', async () => {
    mkdirSync(share);
    for (const name of ['night_1', 'night_2'])
      writeFileSync(
        path.join(share, `${name}.tif`),
        buildTiff([planePage(new Uint8Array(SIDE * SIDE).fill(200), SIDE, SIDE)]),
      );
    await tab.getByRole('button', { name: /^Try again: night_1/ }).press('Enter');
    await tab.getByRole('status').getByText('Sent to its node again: 1').waitFor();
    await tab.getByText('night_1.tif', { exact: true }).waitFor({ state: 'detached' });
    await tab.getByRole('button', { name: /^Dismiss: night_3/ }).press('Enter');
    await tab.getByText('night_3.tif', { exact: true }).waitFor({ state: 'detached' });
    await tab.getByText('night_2.tif', { exact: true }).waitFor();
  });

  it('shows in the log what became of it, found by its sample', async () => {
    const log = tab.locator('section', { has: page.getByRole('heading', { name: 'Log' }) });
    await log.getByText('What happened, and who changed what').press('Enter');
    await log.getByRole('searchbox', { name: 'Find a sample' }).fill('night_1');
    await log.locator('.segmenter-what', { hasText: 'done' }).first().waitFor();
    const subjects = await log.locator('.segmenter-subject').allTextContents();
    assert.ok(subjects.length > 0 && subjects.every((text) => text.includes('night_1')), subjects.join());
    await log.getByRole('searchbox').fill('nobody');
    await log.getByText('Nothing of this sample in the last 100,000 lines').waitFor();
    await log.getByRole('searchbox').fill('');
    await log.getByRole('combobox', { name: 'Which log' }).selectOption('changes');
    await log.getByText('Nothing is logged yet').waitFor();
    await screenshot('sidebar-log');
  });

  it('tries all again', async () => {
    await tab.getByRole('button', { name: /^Try again: night_2/ }).click();
    await tab.getByRole('heading', { name: 'Failed' }).waitFor({ state: 'hidden' });
  });

  it('reported no error', () => assert.deepEqual(problems, []));

  function flow() {
    const at = (y, x = 160) => ({ z: 'night', x, y });
    return [
      { id: 'night', type: 'tab', label: 'Night' },
      { id: 'loading', type: 'segmenter-load-image', name: 'load', ...at(60), settle: '0', wires: [['cutting']] },
      {
        ...{ id: 'cutting', type: 'segmenter-threshold', ...at(60, 320), from: 'raw', method: 'value', value: '100' },
        ...{ valueType: 'num', wires: [[]] },
      },
    ];
  }

  function letterOf(name, id) {
    const message = { payload: { path: path.join(share, `${name}.tif`) } };
    return {
      node: { id, type: 'segmenter-load-image', name: 'load', flow: 'Night' },
      sample: `${name}.tif`,
      error: { code: 'timeout', message: 'the share does not answer' },
      ...{ tries: 5, first: Date.now() - 600_000, last: Date.now() - 60_000, message, without: [] },
    };
  }

  async function openEditor(username) {
    const body = new URLSearchParams({
      ...{ client_id: 'node-red-editor', grant_type: 'password', scope: '' },
      ...{ username, password: username },
    });
    const { access_token } = await (await fetch(`${host.url}auth/token`, { method: 'POST', body })).json();
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.addInitScript(({ key, value }) => localStorage.setItem(key, JSON.stringify(value)), {
      ...{ key: KEY, value: { access_token, token_type: 'Bearer' } },
    });
    const opened = await context.newPage();
    opened.on('pageerror', (error) => problems.push(error.message));
    await opened.goto(host.url);
    await opened.locator('.red-ui-palette-node').first().waitFor({ state: 'attached', timeout: 60_000 });
    await opened.waitForFunction(() => RED.nodes.node('cutting'));
    await showSidebar(opened);
    return opened;
  }

  function screenshot(name) {
    const folder = process.env.EDITOR_SCREENSHOTS;
    return folder && page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
});
