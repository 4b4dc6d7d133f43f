import assert from 'node:assert/strict';
import { launchChromium } from './support/chromium.mjs';
import { assertStandsOut } from './support/contrast.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';

const [HEIGHT, WIDTH] = [320, 448];

describe('the layout of the curation page', function () {
  this.timeout(120_000);
  let browser;
  let server;
  let page;

  before(async function () {
    browser = await launchChromium(this);
    server = await startMadeServer({
      images: [madeImage('a', [1, 1, 1, HEIGHT, WIDTH]), madeImage('b', [1, 1, 1, HEIGHT, WIDTH])],
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

  it('keeps what is in the middle when the window changes, and the whole image in sight where it was', async () => {
    const zoom = () => page.page.locator('.zoom').textContent();
    const whole = await zoom();
    await page.page.setViewportSize({ width: 1100, height: 700 });
    await page.page.waitForFunction((before) => document.querySelector('.zoom').textContent !== before, whole);
    await page.actualSize();
    const middle = async () => {
      const [x, y] = await page.screen([0, 0]);
      const box = await page.page.locator('.stage').boundingBox();
      return [box.x + box.width / 2 - x, box.y + box.height / 2 - y].map(Math.round);
    };
    const before = await middle();
    await page.page.setViewportSize({ width: 1440, height: 900 });
    await page.page.waitForFunction(() => document.querySelector('.stage').clientWidth > 800);
    await page.drawn();
    assert.equal(await zoom(), '100 %');
    for (const [i, value] of (await middle()).entries()) assert.ok(Math.abs(value - before[i]) <= 1, `${value}`);
  });

  it('can be read where a pressed button is under the pointer, and hides no zoom behind a note', async () => {
    assert.equal(await page.page.locator('.undecide').getAttribute('aria-pressed'), 'true');
    await assertStandsOut(page.page, '.decide');
    await page.page.setViewportSize({ width: 720, height: 450 });
    await page.press('End', 'b');
    const note = page.page.locator('.notice');
    await note.waitFor();
    const [a, b] = [await note.boundingBox(), await page.page.locator('.zoom-tools').boundingBox()];
    assert.ok(a.y + a.height < b.y || a.x + a.width < b.x, JSON.stringify([a, b]));
    // At twice the size of a common window the image keeps more than half of it.
    const { height } = await page.page.locator('.stage').boundingBox();
    assert.ok(height > 0.6 * 450, String(height));
  });
});
