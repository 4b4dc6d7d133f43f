import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startNodeRed } from '../../scripts/node-red.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { cutTexts } from './support/cut-texts.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';
import { ResultsPage } from './support/results-page.mjs';
import { madeResult, startResultsServer } from './support/results-server.mjs';
import { showSidebar } from './support/sidebar.mjs';

const LOCALE = 'de-DE';
const SCREENSHOTS = process.env.EDITOR_SCREENSHOTS ?? path.join(os.tmpdir(), 'segmenter-screenshots');
const TYPES = Object.keys(JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))['node-red'].nodes);
const NODES = TYPES.map((type) => type.replace('segmenter-', '')).filter((name) => name !== 'compute');
/** What English says and German does not, in any place. */
const ENGLISH = /\b(the|and|with|which|images?|none|choose|model's|open the)\b/i;

describe('for a reader of German', function () {
  this.timeout(120_000);
  let browser;

  before(async function () {
    browser = await launchChromium(this);
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  after(() => browser?.close());

  describe('the editor', () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-german-'));
    const problems = [];
    let host;
    let page;

    before(async () => {
      const model = path.join(userDir, 'models', 'zellkerne', 'v1');
      cpSync(inRoot('test', 'data', 'models', '0.1.0-tile'), model, { recursive: true });
      writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify([{ id: 'flow', type: 'tab', label: 'Flow' }]));
      // As in a Node-RED of one's own: a category whose place is set has its name from Node-RED's catalogue, which lacks it.
      host = await startNodeRed({ userDir, port: 26_880, settings: { paletteCategories: undefined } });
      const context = await browser.newContext({ viewport: { width: 1500, height: 1100 }, locale: LOCALE });
      page = await context.newPage();
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(host.url);
      await page.locator('.red-ui-palette-node[data-palette-type="segmenter-train"]').waitFor({ timeout: 60_000 });
    });
    after(async () => {
      await host?.stop();
      rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
    });

    it('names the nodes in the palette in German', async () => {
      for (const name of NODES) {
        const entry = page.locator(`.red-ui-palette-node[data-palette-type="segmenter-${name}"]`);
        // A word that does not fit is broken, and would be two words here.
        const words = (await entry.textContent()).trim().split(/\s+/);
        assert.equal(words.join(' '), german(name).palette.name);
      }
      const category = page.locator('.red-ui-palette-category', {
        has: page.locator('[data-palette-type="segmenter-train"]'),
      });
      assert.equal(await category.locator('.red-ui-palette-header span').textContent(), 'Segmentierung');
      await screenshot('palette');
    });

    for (const name of [...NODES, 'compute']) {
      it(`asks for the settings of ${name} in German, and cuts nothing off`, async () => {
        await page.evaluate(openDialog, name);
        const tray = page.locator('.red-ui-tray').last();
        await tray.locator('.form-row').first().waitFor();
        await page.waitForTimeout(400);
        for (const section of await tray.locator('details.segmenter-section > summary').all()) await section.click();
        await screenshot(name);
        const shown = await tray.locator('.red-ui-tray-body').textContent();
        for (const label of Object.values(german(name).label))
          assert.ok((await tray.textContent()).includes(label), label);
        assert.doesNotMatch(shown, ENGLISH);
        assert.deepEqual(await cutTexts(tray.locator('.red-ui-tray-body')), []);
        await tray.locator('#node-dialog-cancel, #node-config-dialog-cancel').first().click();
        await page.waitForTimeout(400);
      });
    }

    it('explains a node in German in the help', async () => {
      await page.evaluate(() => RED.sidebar.help.show('segmenter-predict'));
      const help = page.locator('.red-ui-help');
      await help.getByText('Sagt eine Wahrscheinlichkeitskarte der Struktur vorher').waitFor();
      await help.getByText('Eingangsdaten').waitFor();
      await screenshot('help');
    });

    it('shows the tab in German', async () => {
      await showSidebar(page);
      const tab = page.locator('.segmenter-tab');
      await tab.getByText('Nichts läuft oder wartet').waitFor();
      const model = tab.getByRole('button', { name: /zellkerne/ });
      await model.first().click();
      await tab.getByText('Pixelgröße').first().waitFor();
      await screenshot('tab');
      assert.doesNotMatch(await tab.textContent(), ENGLISH);
      assert.deepEqual(await cutTexts(tab), []);
      assert.deepEqual(await cutTexts(page.locator('#red-ui-sidebar .red-ui-tab.active')), []);
    });

    it('lists trainings in German', async () => {
      const trainings = await CurationPage.open(browser, `${host.url}segmenter/trainings/`, { locale: LOCALE });
      await trainings.page.getByText('Noch kein Training.').waitFor();
      await picture(trainings, 'trainings');
      assert.doesNotMatch(await trainings.page.locator('body').textContent(), ENGLISH);
      assert.deepEqual(await cutTexts(trainings.page.locator('body')), []);
      await trainings.close();
    });

    it('chosen in it, is spoken by the pages in a browser of another language, too', async () => {
      const context = await browser.newContext({ locale: 'en-US' });
      await context.addInitScript(() => localStorage.setItem('editor-language', 'de'));
      const other = await context.newPage();
      await other.goto(`${host.url}segmenter/trainings/`);
      await other.getByText('Noch kein Training.').waitFor();
      assert.equal(await other.evaluate(() => document.documentElement.lang), 'de');
      await context.close();
    });

    it('reported no error', () => assert.deepEqual(problems, []));

    function screenshot(name) {
      return page.screenshot({ path: path.join(SCREENSHOTS, `german-${name}.png`) });
    }
  });

  it('the curation page is in German, its help too, and cuts nothing off', async () => {
    const images = ['a', 'b', 'c'].map((name) =>
      madeImage(`Platte 7/${name}`, [1, 2, 6, 320, 448], { masks: ['mergeMask', 'excludeMask'] }),
    );
    const findings = [
      { check: 'focus', severity: 'warning', samples: ['Platte 7/a'], message: 'focus 0.02, expected at least 0.1' },
    ];
    const server = await startMadeServer({ images, findings, title: 'Zellkerne, Platte 7' });
    try {
      const page = await CurationPage.open(browser, server.url, { locale: LOCALE });
      await page.ready();
      await page.page.getByRole('region', { name: 'Befunde' }).getByText('⚠ Warnung · Schärfe').waitFor();
      await page.press('m');
      await picture(page, 'curate-page');
      assert.equal(await page.page.evaluate(() => document.documentElement.lang), 'de');
      assert.deepEqual(await cutTexts(page.page.locator('body')), []);
      await page.page.getByRole('button', { name: 'Verwenden' }).click();
      await page.page.getByText('✓ Gespeichert').waitFor();
      await page.press('?');
      await page.page.getByRole('dialog').getByText('Leertaste').waitFor();
      await picture(page, 'curate-keys');
      assert.deepEqual(await cutTexts(page.page.getByRole('dialog')), []);
      await page.press('Escape');
      await page.page.getByRole('button', { name: 'Abschließen' }).click();
      await page.page.getByRole('dialog').getByText('Kuratierung abschließen?').waitFor();
      await picture(page, 'curate-finish');
      page.noProblems();
      await page.close();
    } finally {
      await server.stop();
    }
  });

  it('the results page is in German, and cuts nothing off', async () => {
    const rows = [0.91, 0.42].map((dice, i) => ({
      sample: `Platte 7/Feld ${i}`,
      metrics: { dice, uncertainty: 0.1, threshold: 0.5, unlike: i === 1, predicted: { dice: 0.8 } },
      image: madeResult(`Platte 7/Feld ${i}`, [1, 2, 6, 420, 560], { seed: i + 1 }),
    }));
    const node = { id: 'n', type: 'segmenter-evaluate', name: 'Bewerten', flow: 'Zellkerne' };
    const server = await startResultsServer({ runs: [{ run: 'latest', node, rows }] });
    try {
      const page = await ResultsPage.open(browser, server.url, { locale: LOCALE });
      await page.ready();
      await page.press('4');
      await page.page.locator('.foreground', { hasText: /Pixel/ }).waitFor();
      await picture(page, 'results');
      assert.equal(await page.page.title(), 'Bewerten – Ergebnisse');
      assert.deepEqual(await cutTexts(page.page.locator('body')), []);
      page.noProblems();
      await page.close();
    } finally {
      await server.stop();
    }
  });

  function picture({ page }, name) {
    return page.screenshot({ path: path.join(SCREENSHOTS, `german-${name}.png`) });
  }
});

function german(name) {
  return JSON.parse(readFileSync(inRoot('nodes', name, 'locales', 'de', `${name}.json`), 'utf8'));
}

/** Runs in the editor. */
function openDialog(name) {
  if (name === 'compute') return RED.editor.editConfig('', 'segmenter-compute', '_ADD_', undefined);
  RED.nodes.import([
    {
      id: name,
      type: `segmenter-${name}`,
      z: 'flow',
      x: 200,
      y: 100 + 60 * document.querySelectorAll('.red-ui-flow-node').length,
      wires: [],
    },
  ]);
  RED.editor.edit(RED.nodes.node(name));
}
