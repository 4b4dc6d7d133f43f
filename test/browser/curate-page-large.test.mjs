import assert from 'node:assert/strict';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';
import { keepPicture, picturesAreMade } from './support/picture.mjs';

const FINDINGS = [
  { check: 'focus', severity: 'warning', message: 'focus 0.02, expected at least 0.1' },
  { check: 'empty masks', severity: 'error', message: 'seg1 of 2 samples has no foreground' },
];

describe('the curation page with much to show', function () {
  this.timeout(120_000);
  let browser;
  let server;
  const pages = [];

  before(async function () {
    browser = await launchChromium(this);
  });
  after(() => browser?.close());
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    await server?.stop();
    server = null;
  });

  async function serve({ count, shape }) {
    const images = Array.from({ length: count }, (_, i) => madeImage(`B0${i}/f${i}`, shape, { seed: i + 1 }));
    server = await startMadeServer({ images });
  }

  async function open(options) {
    const page = await CurationPage.open(browser, server.url, options);
    pages.push(page);
    return page;
  }

  it('lists 2,000 images and draws the rows in sight', async () => {
    await serve({ count: 2000, shape: [1, 2, 1, 400, 600] });
    const page = await (await open()).ready();
    assert.ok((await page.page.locator('.row').count()) < 60);
    const started = Date.now();
    await page.page.locator('.queue .list').evaluate((list) => {
      list.scrollTop = list.scrollHeight;
    });
    await page.page.locator('.row', { hasText: 'f1999' }).click();
    await page.opened('f1999');
    console.log(`      2,000 images: from the first to the last in ${Date.now() - started} ms`);
    await page.press('/');
    await page.page.keyboard.type('f123');
    await page.page.getByText('11 of 2000 images').waitFor();
    await page.press('Escape');
    page.noProblems();
  });

  for (const [name, shape] of [
    ['a plane of 4096 x 4096', [1, 1, 1, 4096, 4096]],
    ['a stack of 64 x 2048 x 2048', [1, 1, 64, 2048, 2048]],
  ]) {
    it(`stays fluid on ${name}`, async () => {
      await serve({ count: 2, shape });
      const page = await (await open()).ready();
      await page.press('3');
      await page.polygon('e', [
        [500, 500],
        [1500, 600],
        [1000, 1500],
      ]);
      await page.press('v', 'Escape');
      await page.ready();
      const client = await page.page.context().newCDPSession(page.page);
      await client.send('Performance.enable');
      const scriptTime = async () => {
        const { metrics } = await client.send('Performance.getMetrics');
        return 1000 * metrics.find((metric) => metric.name === 'ScriptDuration').value;
      };
      const before = await scriptTime();
      const frames = await page.page.evaluate(measureFrames, shape[2] > 1);
      const script = (await scriptTime()) - before;
      const heap = await page.page.evaluate(() => performance.memory.usedJSHeapSize / 2 ** 20);
      const sorted = frames.sort((a, b) => a - b);
      const at = (fraction) => sorted[Math.floor(fraction * (sorted.length - 1))].toFixed(1);
      console.log(
        `      ${name}: ${sorted.length} frames while zooming and moving, ${at(0.5)} ms median, ${at(0.95)} ms 95 %, ` +
          `${at(1)} ms longest, of it ${(script / frames.length).toFixed(1)} ms script on average; JS heap ${heap.toFixed(0)} MiB`,
      );
      await page.ready();
      assert.ok(Number(at(0.5)) < 200 && heap < 800);
      page.noProblems();
    });
  }

  it('is pictured in light and dark', async function () {
    if (!picturesAreMade()) return this.skip();
    const images = Array.from({ length: 9 }, (_, i) =>
      madeImage(`plate7/B0${i % 3}/field${i}`, i === 2 ? [1, 2, 30, 480, 560] : [1, 2, 1, 700, 900], {
        seed: i + 3,
        noise: 6,
      }),
    );
    const findings = FINDINGS.map((finding) => ({ ...finding, samples: ['plate7/B02/field2', 'plate7/B01/field4'] }));
    server = await startMadeServer({ images, findings });
    for (const colorScheme of ['light', 'dark']) {
      const page = await (await open({ width: 1200, height: 740, colorScheme })).ready();
      const shot = async (name) => keepPicture(`curate-${name}`, await page.page.screenshot());
      if (colorScheme === 'light') {
        await page.polygon('m', [
          [150, 120],
          [430, 90],
          [480, 330],
          [240, 420],
        ]);
        await page.polygon('e', [
          [560, 380],
          [820, 350],
          [780, 600],
          [600, 620],
        ]);
        await page.press('v', '3');
        await page.click([300, 200]);
        await page.ready();
        await page.page.mouse.move(700, 60);
        await page.saved();
        await shot('page');
        await page.press('u', 'u');
      } else {
        await page.opened('field2');
        await page.polygon('m', [
          [150, 120],
          [430, 90],
          [480, 330],
          [240, 420],
        ]);
        await page.press('Escape', '3', 'x');
        await page.page.mouse.move(700, 60);
        await page.saved();
        await page.ready();
        await page.page.waitForTimeout(300);
        await shot('orthogonal');
      }
    }
  });
});

/** In the page: zooms, moves and goes through planes for 120 frames; the time of each. */
async function measureFrames(isStack) {
  const stage = document.querySelector('.stage');
  const box = stage.getBoundingClientRect();
  const wheel = (deltaY, shiftKey = false) => {
    const place = { clientX: box.left + box.width * 0.4, clientY: box.top + box.height * 0.4 };
    stage.dispatchEvent(new WheelEvent('wheel', { deltaY, shiftKey, ...place, bubbles: true, cancelable: true }));
  };
  const key = (name) => document.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let i = 0; i < 120; i++) {
    if (i < 40) wheel(-60);
    else if (i < 80) key(['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp'][Math.floor(i / 10) % 4]);
    else if (isStack) wheel(i < 110 ? 1 : -1, true);
    else wheel(60);
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}
