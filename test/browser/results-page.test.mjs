import assert from 'node:assert/strict';
import { launchChromium } from './support/chromium.mjs';
import { assertStandsOut } from './support/contrast.mjs';
import { keepPicture, picturesAreMade } from './support/picture.mjs';
import { ResultsPage } from './support/results-page.mjs';
import { madeResult, startResultsServer } from './support/results-server.mjs';
import { assertAllNamed } from './support/spoken-names.mjs';

const NODE = { id: 'node1', type: 'segmenter-evaluate', name: 'Evaluate', flow: 'Nuclei' };
const GONE = '/cache/p.ome.tiff is no longer in the scratch store: run the step that made it again';

function nuclei() {
  const plane = (sample, dice, rest = {}, options = {}) => ({
    sample,
    metrics: { dice, uncertainty: (1 - dice) / 2, threshold: 0.5, ...rest },
    image: madeResult(sample, [1, 2, 1, 420, 560], { seed: Math.round(dice * 100), noise: 6, ...options }),
  });
  return [
    plane('plate7/B01/field10', 0.91),
    plane('plate7/B01/field2', 0.42, { uncertainty: 0.01, unlike: true }),
    plane('plate7/B02/field1', 0.79, { threshold: 0.3 }, { threshold: 0.3 }),
    {
      sample: 'stack',
      metrics: { dice: 0.85, uncertainty: 0.2, threshold: 0.5 },
      image: madeResult('stack', [1, 1, 24, 220, 300], { seed: 5 }),
    },
    { sample: 'broken', failed: 'broken.tif: expected a TIFF, got text' },
    { sample: 'gone', metrics: { dice: 0.95 }, gone: GONE },
  ];
}

describe('the results page', function () {
  this.timeout(120_000);
  let browser;
  let server;
  let page;

  before(async function () {
    browser = await launchChromium(this);
  });
  after(() => browser?.close());
  afterEach(async () => {
    await page?.close();
    await server?.stop();
    page = null;
    server = null;
  });

  async function open(address = '', options = {}) {
    server ??= await startResultsServer({
      runs: [
        { run: 'latest', node: NODE, rows: nuclei() },
        {
          run: 'earlier',
          node: { ...NODE, id: 'node2', name: '', type: 'segmenter-predict' },
          rows: nuclei().slice(0, 1),
        },
      ],
      users: options.users,
    });
    page = await ResultsPage.open(browser, server.url + address, options);
    return page;
  }

  it('sorts the samples of a run by the worst Dice, the least sure and by name', async () => {
    await (await open()).ready();
    assert.deepEqual(await page.samples(), ['field2', 'field1', 'stack', 'field10', 'gone', 'broken']);
    await page.opened('field2');
    await page.page.getByText('Unsure', { exact: true }).first().click();
    assert.deepEqual((await page.samples()).slice(0, 3), ['stack', 'field1', 'field10']);
    await page.page.getByText('Name', { exact: true }).click();
    assert.deepEqual(await page.samples(), ['broken', 'gone', 'field2', 'field10', 'field1', 'stack']);
    await page.page.getByPlaceholder('Search').fill('B02');
    await page.page.getByText('1 of 6 samples').waitFor();
  });

  it('opens at the node, run and sample of its address, and names the node', async () => {
    await (await open('?node=node2')).opened('field10');
    await page.page.getByText('1 sample', { exact: true }).waitFor();
    const link = page.page.getByRole('link', { name: 'Show the node' });
    assert.match(await link.evaluate((element) => element.href), /\/red\/#node\/node2$/);
    await page.page.goto(`${server.url}?run=latest&sample=stack`);
    await page.opened('stack');
    await page.page.goto(`${server.url}?node=nobody`);
    await page.page.getByText('Nothing has passed this node yet').waitFor();
    page.noProblems();
  });

  it('shows at once what a threshold would find, beginning at that of the mask', async () => {
    await (await open('?run=latest&sample=plate7/B02/field1')).opened('field1');
    assert.equal(await page.threshold(), 0.3);
    await page.page.getByText('The mask was made at 0.3.').waitFor();
    await page.press('4', '4');
    const { pixels, exact } = await page.foreground();
    const { image } = nuclei()[2];
    assert.deepEqual([pixels, exact], [foregroundOf(image, 0.3), true]);
    await page.page.locator('.threshold input[type=range]').focus();
    await page.press('ArrowRight', 'ArrowRight');
    const moved = await page.threshold();
    assert.ok(Math.abs(moved - 0.31) < 1e-9, `${moved}`);
    await page.page.waitForFunction(
      (text) => document.querySelector('.foreground').textContent.startsWith(text),
      foregroundOf(image, 0.31).toLocaleString('en-US'),
    );
    await page.page.getByRole('button', { name: 'back to the threshold of the mask' }).click();
    assert.equal(await page.threshold(), 0.3);
    page.noProblems();
  });

  it('copies the threshold', async () => {
    await (await open('', { permissions: ['clipboard-read', 'clipboard-write'] })).ready();
    await page.press(']');
    await page.page.getByRole('button', { name: 'copy the threshold' }).click();
    await page.page.getByText('Copied 0.505').waitFor();
    assert.equal(await page.page.evaluate(() => navigator.clipboard.readText()), '0.505');
  });

  it('colours what is right, missed and surplus, of the threshold too', async () => {
    await (await open('?run=latest&sample=plate7/B01/field10')).opened('field10');
    await page.actualSize();
    await page.press('0', '9', 'd');
    await page.ready();
    const texts = await page.page.locator('.legend').textContent();
    for (const text of ['right', 'missed', 'surplus']) assert.match(texts, new RegExp(text));
    const before = await coloursIn(page);
    assert.ok(before.yellow > 1000 && before.blue > 100, JSON.stringify(before));
    // Nobody is as sure as that: all is missed.
    await page.page.locator('.threshold-number').fill('1');
    await page.press('Enter');
    await page.drawn();
    const after = await coloursIn(page);
    assert.ok(after.yellow === 0 && after.orange > 1000, JSON.stringify(after));
    page.noProblems();
  });

  it('says the values under the pointer', async () => {
    await (await open('?run=latest&sample=plate7/B01/field10')).opened('field10');
    await page.press('3');
    await page.actualSize();
    await page.ready();
    await page.page.mouse.move(700, 400);
    await page.page
      .locator('.readout', { hasText: /value \d+ · probability [01]\.\d{4} · (not )?found · truth: / })
      .waitFor();
  });

  it('goes through a stack: planes, sections, maximum, with what lies over it', async () => {
    await (await open('?run=latest&sample=stack')).opened('stack');
    await page.press('1', 'x');
    await page.ready();
    assert.equal(await page.page.locator('.pane:visible').count(), 3);
    await page.press('x', 'd');
    await page.ready();
    await page.page.getByText('maximum along z').waitFor();
    await page.press('x', '.', '.');
    await page.ready();
    await page.page.getByText('14 / 23').waitFor();
    page.noProblems();
  });

  it('says why a sample cannot be seen', async () => {
    await (await open()).ready();
    await page.page.locator('.row', { hasText: 'gone' }).click();
    await page.page.locator('.problem', { hasText: 'no longer in the scratch store' }).waitFor();
    await page.page.locator('.row', { hasText: 'broken' }).click();
    await page.page.locator('.problem', { hasText: 'expected a TIFF' }).waitFor();
    await page.select('stack');
    assert.ok(await page.page.locator('.problem').isHidden());
    await page.page.getByPlaceholder('Image, folder or pattern').fill('/data/none.tif');
    await page.press('Enter');
    await page.page.locator('.problem', { hasText: '/data/none.tif: no such file' }).waitFor();
  });

  it('shows the raw image of a sample that failed, and why over it; and the training of a model that found one', async () => {
    const failed = 'predict: the model nuclei was trained on 2 channels, got 1';
    const image = madeResult('half', [1, 1, 1, 220, 300], { seed: 9, roles: [] });
    const found = madeResult('whole', [1, 1, 1, 220, 300], { seed: 9 });
    const rows = [
      { sample: 'half', failed, image },
      { sample: 'whole', metrics: { dice: 0.9 }, image: found, model: 'nuclei@v3' },
    ];
    server = await startResultsServer({ runs: [{ run: 'latest', node: NODE, rows, report: 'r1' }] });
    await (await open('?model=nuclei@v3&sample=half')).opened('half');
    const note = page.page.locator('.failure', { hasText: failed });
    await note.waitFor();
    const [over, view] = [await note.boundingBox(), await page.page.locator('.view-box').boundingBox()];
    assert.ok(over.height < view.height / 2, 'the image is hidden by the reason');
    assert.ok(await page.page.locator('.problem').isHidden());
    await page.select('whole');
    assert.ok(await page.page.locator('.failure').isHidden());
    const link = page.page.getByRole('link', { name: 'nuclei@v3' });
    assert.match(await link.evaluate(({ href }) => href), /\/segmenter\/trainings\/\?run=nuclei%40v3$/);
    assert.ok(await page.page.getByRole('link', { name: 'Report' }).isVisible());
    page.noProblems();
  });

  it('is worked by the keyboard alone', async () => {
    await (await open()).ready();
    await page.press('n');
    await page.opened('field1');
    await page.press('1', '3', ']', ']', 'd', 'w', 'w', '+', 'ArrowLeft', '0', 'b');
    await page.opened('field2');
    await page.press('o', '/');
    await page.page.keyboard.type('stack');
    await page.press('Escape', 'Tab');
    await page.page.keyboard.press('f');
    assert.equal(
      await page.page.evaluate(() => document.activeElement?.getAttribute('aria-label')),
      'Path of an image, folder or pattern',
    );
    await page.press('Escape', '?');
    await page.page.getByRole('dialog').waitFor();
    await page.press('Escape');
    await page.page.locator('.strip .list').focus();
    await page.press('ArrowDown');
    await page.opened('stack');
    page.noProblems();
  });

  it('has a name for every control', async () => {
    await (await open()).ready();
    const names = await assertAllNamed(page.page);
    for (const role of ['listbox', 'option', 'slider', 'combobox', 'radio', 'checkbox', 'link', 'spinbutton']) {
      assert.ok(
        names.some((each) => each.role === role),
        role,
      );
    }
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`stands out enough in ${colorScheme}, under the pointer and pressed too`, async () => {
      await (await open('?run=latest&sample=stack', { colorScheme })).opened('stack');
      await page.press('1', ']', 'd');
      await page.ready();
      await assertStandsOut(page.page);
    });
  }

  it('shows nothing to who may not see results, and all when they have logged in', async () => {
    await open('', { users: ['allowed'] });
    await page.page.getByRole('link', { name: 'Log in at the editor' }).waitFor();
    assert.equal(await page.page.locator('.strip .row').count(), 0);
    await page.page.evaluate(() =>
      localStorage.setItem('auth-tokens-red', JSON.stringify({ access_token: 'allowed' })),
    );
    await page.page.getByRole('button', { name: 'Try again' }).click();
    await page.opened('field2');
    assert.ok(
      server.state.requests.every((request) => request.startsWith('GET ')),
      'it asks, and changes nothing',
    );
  });

  it('is pictured in light and dark', async function () {
    if (!picturesAreMade()) return this.skip();
    for (const colorScheme of ['light', 'dark']) {
      await (await open('?run=latest&sample=plate7/B02/field1', { colorScheme, width: 1200, height: 740 })).opened(
        'field1',
      );
      await page.press(...(colorScheme === 'light' ? ['d'] : ['2', ']', ']']));
      await page.page.mouse.move(600, 300);
      await page.ready();
      await page.page.waitForTimeout(500);
      const name = colorScheme === 'light' ? 'differences' : 'threshold';
      await keepPicture(`results-${name}`, await page.page.screenshot());
      if (colorScheme === 'light') await page.close();
    }
  });
});

function foregroundOf({ pixels, pictures }, threshold) {
  const [, , , height, width] = pictures.raw.shape;
  let count = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) count += Number(pixels.probability(x, y, 0) > threshold * 65535);
  return count;
}

/** Pixels of the image by the colour that lies over them. */
function coloursIn({ page }) {
  return page.evaluate(() => {
    const canvas = document.querySelector('.stage .pane:not([hidden]) canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const counts = { yellow: 0, orange: 0, blue: 0 };
    for (let i = 0; i < data.length; i += 4) {
      const [red, green, blue] = data.subarray(i, i + 3);
      if (red > 130 && green > 0.85 * red && blue < 0.72 * red) counts.yellow++;
      else if (red > 110 && green < 0.75 * red && blue < 0.6 * red) counts.orange++;
      else if (blue > 90 && red < 0.75 * blue) counts.blue++;
    }
    return counts;
  });
}
