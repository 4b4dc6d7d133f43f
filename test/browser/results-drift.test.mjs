import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { assertStandsOut } from './support/contrast.mjs';
import { ResultsPage } from './support/results-page.mjs';
import { madeResult, startResultsServer } from './support/results-server.mjs';
import { assertAllNamed } from './support/spoken-names.mjs';

const require = createRequire(inRoot('package.json'));
const { addResult, drawnAt } = require('./dist/src/trust/drift.js');
const { BASELINE, RUN_LENGTHS } = require('./dist/src/trust/control-chart.js');

const NODE = { id: 'predict', type: 'segmenter-predict', name: '', flow: 'Nightly' };
const GATE = { id: 'gate', type: 'segmenter-gate', name: 'Gate', flow: 'Nightly' };
const GROUP = { model: 'nuclei@v3', instrument: 'left' };
const [RESULTS, FADES_AT, RUN] = [70, 50, 'latest'];
/** The last samples alone are still in the log of results. */
const LOGGED = 40;

/** What a gate charts of a lamp that fades, by the code that charts it. */
function fading() {
  let charts = {};
  const events = [];
  const points = Array.from({ length: RESULTS }, (_, i) => {
    const wave = Math.sin(i * 1.7);
    const observed = {
      predictedDice: 0.9 + 0.02 * wave,
      foreground: (i < FADES_AT ? 0.12 : 0.05) * (1 + 0.1 * wave),
      objects: 40 + Math.round(4 * wave),
    };
    const added = addResult(charts, GROUP, observed);
    charts = added.charts;
    if (added.events.length > 0) events.push(i);
    const point = { at: '', sample: `night/${i + 1}`, ...GROUP, values: added.values, charts };
    const run = i >= RESULTS - LOGGED ? RUN : null;
    return { at: Date.UTC(2026, 10, 30, 2, i), sample: point.sample, run, series: drawnAt(point) };
  });
  const chart = { id: '0123456789abcdef.gate', gate: GATE, ...GROUP, last: points.at(-1).at, results: RESULTS };
  return {
    view: { chart: { ...chart, out: ['foreground'] }, baseline: BASELINE, runLengths: RUN_LENGTHS, points },
    events,
  };
}

describe('charts of drift on the results page', function () {
  this.timeout(120_000);
  const { view, events } = fading();
  let browser;
  let server;
  let page;

  before(async function () {
    browser = await launchChromium(this);
    const rows = view.points
      .filter(({ run }) => run)
      .map(({ sample }, i) => ({ sample, image: madeResult(sample, [1, 1, 1, 60, 80], { seed: i }) }));
    server = await startResultsServer({ runs: [{ run: RUN, node: NODE, rows }], drift: [view] });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(() => page?.close());

  const open = async (options = {}) => {
    page = await ResultsPage.open(browser, server.url, options);
    await page.ready();
    await page.press('j');
    await page.page.locator('.drift-chart canvas').first().waitFor();
    return page;
  };
  const told = () => page.page.locator('.drift-told').textContent();
  const slider = () => page.page.getByRole('slider', { name: /^(Result|Ergebnis)$/ });

  it('are shown with limits, run length and alarms, in words too', async () => {
    await open();
    assert.deepEqual(events, [events[0]]);
    await page.page.getByText(/EWMA.*1787 results.*within 40/).waitFor();
    const titles = await page.page.locator('.drift-chart:visible h3').allTextContents();
    assert.deepEqual(titles, ['Predicted Dice', 'Foreground, share', 'Objects']);
    const summaries = await page.page
      .locator('.drift-chart:visible .chart-picture')
      .evaluateAll((pictures) => pictures.map((picture) => picture.getAttribute('aria-label')));
    assert.match(
      summaries[1],
      /^Foreground, share: 70 results, the last 0\.\d+\. Usual 0\.\d+, limits of the average 0\.\d+ to 0\.\d+\. 1 alarm\.$/,
    );
    assert.doesNotMatch(summaries[2], /alarm/);
    const states = await page.page.locator('.drift-chart:visible .chart-state').allTextContents();
    assert.deepEqual(states, ['within its limits', 'outside of its limits', 'within its limits']);
    await shot('results-drift');
    page.noProblems();
  });

  it('are gone through by keys, and Enter opens the sample', async () => {
    await open();
    const button = page.page.getByRole('button', { name: 'Drift' });
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    await slider().focus();
    assert.match(await told(), /^Result 70: night\/70, /);
    await page.press('ArrowLeft', 'ArrowLeft');
    assert.match(
      await slider().getAttribute('aria-valuetext'),
      /^Result 68: night\/68, .*Foreground, share 0\.0\d+, average 0\.0\d+ outside of its limits/,
    );
    await page.press('Enter');
    await page.opened('68');
    await page.page.getByRole('button', { name: 'to the alarm before' }).press('Enter');
    assert.match(await told(), new RegExp(`^Result ${events[0] + 1}: `));
    assert.ok(await page.page.getByRole('button', { name: 'to the alarm before' }).isDisabled());
    await slider().focus();
    await page.press('Home');
    assert.match(await told(), /^Result 1: night\/1, .* · Foreground, share 0\.1\d* · /);
    assert.ok(await page.page.getByRole('button', { name: 'Open sample' }).isDisabled());
    await page.press('Enter');
    await page.page.getByText('This sample is no longer in the log of results.').waitFor();
    await button.press('Enter');
    await page.page.locator('.drift').waitFor({ state: 'hidden' });
    page.noProblems();
  });

  it('open the sample of a point that is clicked', async () => {
    await open();
    const over = page.page.locator('.drift-chart:visible .u-over').first();
    const { width, height } = await over.boundingBox();
    await over.click({ position: { x: width * ((60 - 1) / (RESULTS - 1)), y: height / 2 } });
    await page.opened('60');
    assert.match(await told(), /^Result 60: night\/60, /);
    page.noProblems();
  });

  it('have a name for every control and stand out enough, in German too', async () => {
    for (const [locale, colorScheme] of [
      ['en-US', 'light'],
      ['de-DE', 'dark'],
    ]) {
      await open({ locale, colorScheme });
      await assertAllNamed(page.page);
      await assertStandsOut(page.page);
      if (locale === 'de-DE') {
        await page.page.getByText('Vorhergesagter Dice', { exact: true }).waitFor();
        await shot('results-drift-dark');
      }
      page.noProblems();
      if (locale === 'en-US') await page.close();
    }
  });

  it('say where they come from while there is none', async () => {
    const empty = await startResultsServer({ runs: [] });
    page = await ResultsPage.open(browser, empty.url);
    await page.page.getByRole('button', { name: 'Drift' }).click();
    await page.page.getByText('Nothing is charted yet.').waitFor();
    page.noProblems();
    await empty.stop();
  });

  async function shot(name) {
    const folder = process.env.EDITOR_SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
});
