import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { ResultsPage } from './support/results-page.mjs';
import { startSubPathProxy } from './support/sub-path-proxy.mjs';

const require = createRequire(inRoot('package.json'));
const PREFIX = '/lab/red';
const KEY = 'auth-tokens-lab-red';

describe('the results page of a real Node-RED behind a proxy', function () {
  this.timeout(120_000);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-results-'));
  /** messages behind evaluate, and behind the threshold of a person */
  const evaluated = [];
  const thresholded = [];
  let browser;
  let host;
  let proxy;
  let page;
  let url;

  before(async function () {
    browser = await launchChromium(this);
    const { makeSampleData } = require('./dist/src/simulation/make-sample-data.js');
    await makeSampleData(path.join(userDir, 'data'));
    cpSync(inRoot('test', 'data', 'models', '0.1.0-tile'), path.join(userDir, 'model'), { recursive: true });
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow()));
    const { hashSync } = require('bcryptjs');
    const user = (username, permissions) => ({ username, password: hashSync(username, 4), permissions });
    host = await startNodeRed({
      userDir,
      port: 23880,
      settings: {
        adminAuth: { type: 'credentials', users: [user('anna', 'read'), user('eve', 'flows.read')] },
        functionGlobalContext: { evaluated, thresholded },
      },
    });
    proxy = await startSubPathProxy(host.url, PREFIX);
    url = `${proxy.url}segmenter/results/`;
    await host.started;
    await until(() => evaluated.length === 3, 'three images evaluated');
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
    await host?.stop();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });
  afterEach(() => page?.close());

  async function open(address, name = 'anna') {
    const token = await login(name);
    page = await ResultsPage.open(browser, url + address, { token: { key: KEY, token } });
    return page;
  }

  it('shows what passed evaluate, the worst first, with its pictures and the way back to the node', async () => {
    await (await open('?node=evaluate')).ready();
    const worst = [...evaluated].sort((a, b) => a.metrics.dice - b.metrics.dice).map(({ payload }) => payload.id);
    await page.page.locator('.strip .row').nth(2).waitFor();
    assert.deepEqual(await page.samples(), worst);
    await page.opened(worst[0]);
    await page.page.waitForFunction(() => {
      const pictures = [...document.querySelectorAll('.strip .row img')];
      return pictures.length === 3 && pictures.every((picture) => picture.naturalWidth > 0);
    });
    const link = await page.page.getByRole('link', { name: 'Show the node' }).evaluate((element) => element.href);
    assert.equal(link, `${proxy.url}#node/evaluate`);
    await page.press('3', 'd');
    await page.ready();
    page.noProblems();
  });

  it('finds with its slider exactly what the threshold node finds in a real map', async () => {
    const [{ payload: sample, metrics }] = evaluated;
    await (await open(`?node=evaluate&sample=${encodeURIComponent(sample.id)}`)).opened(sample.id);
    assert.ok(Math.abs((await page.threshold()) - metrics.threshold) < 1e-6);
    await page.press('4');
    const own = await page.foreground();
    const found = await foregroundOf(sample.mask);
    assert.deepEqual(own, { pixels: found, exact: true });
    assert.ok(found > 655 && found < 65536 - 655, `${found} of 65536 pixels tell nothing`);
    for (const step of [-0.04, -0.011, 0.0055, 0.03]) {
      const value = Number((metrics.threshold + step).toFixed(4));
      thresholded.length = 0;
      host.RED.nodes.getNode('person').receive({ payload: sample, value });
      await until(() => thresholded.length === 1, `a mask at ${value}`);
      const expected = await foregroundOf(thresholded[0].payload.mask);
      await page.page.locator('.threshold-number').fill(String(value));
      await page.press('Enter');
      await page.page
        .locator('.foreground', { hasText: `${expected.toLocaleString('en-US')} pixels` })
        .waitFor({ timeout: 10_000 });
    }
    page.noProblems();
  });

  it('opens any image in the allowed folders by its path, and none elsewhere', async () => {
    const file = path.join(userDir, 'data', 'nuclei3d', 'test', 'raw');
    await (await open(`?file=${encodeURIComponent(file)}`)).ready();
    await page.page.getByText(/^\d+ samples?$/).waitFor();
    await page.opened('nuclei_');
    await page.press('x');
    await page.ready();
    await page.page.getByLabel('Path of an image, folder or pattern').fill('/etc/passwd');
    await page.press('Enter');
    await page.page.locator('.problem', { hasText: /\/etc\/passwd/ }).waitFor();
    assert.equal(await page.page.locator('.strip .row').count(), 0);
  });

  it('shows nothing to a user without the right to see results, and lets nobody change anything', async () => {
    await open('', 'eve');
    await page.page.getByRole('link', { name: 'Log in at the editor' }).waitFor();
    assert.equal(await page.page.locator('.strip .row').count(), 0);
    const [eve, anna] = await Promise.all(['eve', 'anna'].map(login));
    const status = async (method, address, token) => {
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      return (await fetch(url + address, { method, headers })).status;
    };
    const { runs } = await (await fetch(`${url}runs`, { headers: { authorization: `Bearer ${anna}` } })).json();
    const { rows } = await (
      await fetch(`${url}run/${runs[0].run}`, { headers: { authorization: `Bearer ${anna}` } })
    ).json();
    const tile = `tile/${rows[0].id}?image=raw&view=xy&t=0&c=0&at=0&level=0&row=0&column=0`;
    const file = `files/${encodeURIComponent(path.join(userDir, 'data'))}`;
    for (const address of [
      'runs',
      `run/${runs[0].run}`,
      `image/${rows[0].id}`,
      tile,
      `thumbnail/${rows[0].id}`,
      file,
    ]) {
      assert.equal(await status('GET', address, eve), 401, address);
      assert.equal(await status('GET', address, null), 401, address);
      for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
        assert.equal(await status(method, address, anna), 404, `${method} ${address}`);
      }
    }
  });

  it('has them after a restart', async () => {
    await until(() => existsSync(path.join(userDir, 'segmenter', 'results', 'results-1.jsonl')), 'a log on disk');
    const { ResultsLog } = require('./dist/src/results/results-log.js');
    const runs = await new ResultsLog({ folder: path.join(userDir, 'segmenter', 'results') }).runs();
    assert.deepEqual(runs.map(({ node, samples }) => [node.id, samples]).sort(), [
      ['evaluate', 3],
      ['predict', 3],
    ]);
  });

  function flow() {
    const keep = (name) => `global.get("${name}").push(RED.util.cloneMessage(msg)); return msg;`;
    const folder = (role) => path.join(userDir, 'data', 'nuclei2d', 'test', role);
    const node = (id, type, rest, wires = []) => ({ id, type, z: 'tab', ...rest, wires });
    return [
      { id: 'tab', type: 'tab', label: 'nuclei' },
      node('go', 'inject', { once: true, onceDelay: 0.5, payloadType: 'date' }, [['load']]),
      node(
        'load',
        'segmenter-load-image',
        { raw: folder('raw'), rawType: 'str', seg1: folder('seg'), seg1Type: 'str' },
        [['predict']],
      ),
      node('predict', 'segmenter-predict', { model: path.join(userDir, 'model'), modelType: 'str' }, [['threshold']]),
      node('threshold', 'segmenter-threshold', { method: 'otsu', minSize: 0 }, [['evaluate']]),
      node('evaluate', 'segmenter-evaluate', { name: 'How good?' }, [['keep'], []]),
      node('keep', 'function', { func: keep('evaluated'), outputs: 1 }, [[]]),
      node('person', 'segmenter-threshold', { method: 'value', value: 'value', valueType: 'msg', minSize: 0 }, [
        ['kept'],
      ]),
      node('kept', 'function', { func: keep('thresholded'), outputs: 1 }, [[]]),
    ];
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
});

/** Pixels of a mask that are foreground. */
async function foregroundOf(mask) {
  const { readAll } = require('./dist/src/formats/image-reader.js');
  const { data } = await readAll(mask);
  return data.reduce((count, value) => count + Number(value !== 0), 0);
}

async function until(isSo, what) {
  for (const end = Date.now() + 60_000; !(await isSo()); ) {
    if (Date.now() > end) throw new Error(`waited 60 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
