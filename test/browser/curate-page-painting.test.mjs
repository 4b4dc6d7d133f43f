import assert from 'node:assert/strict';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';

const [HEIGHT, WIDTH] = [320, 448];

describe('painting a segmentation from nothing', function () {
  this.timeout(120_000);
  let browser;
  let server;
  let page;

  before(async function () {
    browser = await launchChromium(this);
    server = await startMadeServer({
      images: [madeImage('raw only', [1, 1, 1, HEIGHT, WIDTH], { segmentations: [] })],
    });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    page = await (await CurationPage.open(browser, server.url)).ready();
  });
  afterEach(() => page?.close());

  it('paints from nothing: areas, brush, fill, eraser, and undo', async () => {
    await page.actualSize();
    await page.page.locator('.overlaps', { hasText: 'Nothing is painted yet' }).waitFor();
    await page.polygon('a', [
      [20, 20],
      [60, 20],
      [60, 60],
      [20, 60],
    ]);
    await page.press('p');
    for (const [from, to] of [
      [
        [100, 30],
        [140, 30],
      ],
      [
        [140, 30],
        [140, 70],
      ],
      [
        [140, 70],
        [100, 70],
      ],
      [
        [100, 70],
        [100, 30],
      ],
    ]) {
      await page.drag(from, to);
    }
    await page.press('f');
    await page.click([120, 50]);
    await page.press('o');
    await page.drag([30, 40], [50, 40]);
    await page.press('f');
    await page.click([5, 5]);
    await page.press('Control+z', 'u');
    await page.saved();
    const { state, base, strokes } = server.records.get('raw only').decision;
    assert.deepEqual([state, base], ['used', 'none']);
    assert.deepEqual(
      strokes.map(({ value, filled = false }) => [value, filled]),
      [[1, true], ...Array(4).fill([1, false]), [1, true], [0, false]],
    );
    // As far as the brush, 8 pixels wide to each side, left it free.
    assert.deepEqual(strokes[5].points, [
      [108.5, 38.5],
      [131.5, 38.5],
      [131.5, 61.5],
      [108.5, 61.5],
    ]);
    assert.equal(await page.page.locator('.overlaps p').count(), 0);
  });
});
