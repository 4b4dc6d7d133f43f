import assert from 'node:assert/strict';
import path from 'node:path';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';

const [PLANES, HEIGHT, WIDTH] = [24, 320, 448];

describe('the curation page with masks that a sample brings as images', function () {
  this.timeout(120_000);
  let browser;
  let server;
  let page;

  before(async function () {
    browser = await launchChromium(this);
    const masks = ['mergeMask', 'excludeMask'];
    const images = [
      madeImage('stack', [1, 1, PLANES, HEIGHT, WIDTH], { masks }),
      madeImage('without', [1, 1, 1, HEIGHT, WIDTH]),
    ];
    server = await startMadeServer({ images });
    page = await (await CurationPage.open(browser, server.url, { width: 1280, height: 800 })).ready();
    await page.actualSize();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const layer = (name) => page.page.locator('.layer', { hasText: name });
  const pick = async (name, style) => {
    await layer(name).locator(`input[value=${style}]`).check({ force: true });
    await page.drawn();
  };
  const inSight = async (pane) => {
    const [x0, y0] = (await page.screen([0, 0])).map(Math.floor);
    return page.page.evaluate(readLit, { pane, x0, y0, width: WIDTH, height: HEIGHT });
  };

  it('draws them as layers of their own', async () => {
    await pick('Merging mask', 'fill');
    await pick('Excluding mask', 'fill');
    await picture(page, 'curate-masks.png');
    await page.page.getByLabel('Black point').fill('999');
    for (const name of ['Segmentation 1', 'Segmentation 2', 'Excluding mask']) await pick(name, 'off');
    const merging = await inSight('xy');
    await pick('Merging mask', 'off');
    await pick('Excluding mask', 'fill');
    const excluding = await inSight('xy');
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        // Each has its texture, within tiles of 256 pixels.
        const [u, v] = [x % 256, y % 256];
        assert.equal(merging[y][x], x < WIDTH / 2 && v % 6 < 2 ? '1' : '0', `merging mask at ${x}, ${y}`);
        assert.equal(
          excluding[y][x],
          y < HEIGHT / 4 && (u + 5 * v) % 6 < 3 ? '1' : '0',
          `excluding mask at ${x}, ${y}`,
        );
      }
    }
    page.noProblems();
  });

  it('counts the merging mask in the result, in the plane and across', async () => {
    await pick('Excluding mask', 'off');
    await pick('Result', 'fill');
    const [image] = server.run.images;
    const result = (x, y, z) => image.pixels[x < WIDTH / 2 ? 'seg2' : 'seg1'](x, y, z);
    const z = Number((await page.page.locator('.position-z output').textContent()).split(' ')[0]);
    const lit = await inSight('xy');
    let foreground = 0;
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const hasInk = (x % 256) % 4 < 2 && (y % 256) % 4 < 2;
        assert.equal(lit[y][x], result(x, y, z) && hasInk ? '1' : '0', `${x}, ${y}`);
        foreground += result(x, y, z);
      }
    }
    assert.ok(foreground > 10_000, String(foreground));
  });

  it('shows a mask of one plane in all planes across, and the result in the maximum', async () => {
    await pick('Result', 'off');
    await page.press('x');
    await page.actualSize();
    await pick('Merging mask', 'fill');
    const rows = await page.page.evaluate(litRows);
    await picture(page, 'curate-masks-across.png');
    // Two of six rows are drawn, each as high as a plane is shown, from the first plane to the last.
    assert.equal(rows.runs, Math.ceil(PLANES / 6), JSON.stringify(rows));
    await page.press('x');
    assert.equal(await layer('Result').locator('input').first().isDisabled(), false);
    await page.press('x');
  });

  it('names no masks where an image has none', async () => {
    assert.ok(await layer('Merging mask').isVisible());
    await page.page.locator('.row', { hasText: 'without' }).click();
    await page.opened('without');
    assert.equal(await layer('Merging mask').isVisible(), false);
    assert.equal(await layer('Excluding mask').isVisible(), false);
    page.noProblems();
  });
});

function picture({ page }, name) {
  const folder = process.env.EDITOR_SCREENSHOTS;
  return folder && page.screenshot({ path: path.join(folder, name) });
}

/** Pixels that are not black, of the part of a pane that shows the image. */
function readLit({ pane, x0, y0, width, height }) {
  const canvas = document.querySelector(`.pane-${pane} canvas`);
  const box = canvas.getBoundingClientRect();
  const from = [Math.round(x0 - box.left), Math.round(y0 - box.top)];
  const { data } = canvas.getContext('2d').getImageData(...from, width, height);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (data[4 * (y * width + x)] > 40 ? '1' : '0')).join(''),
  );
}

/** How many bands of rows of the xz pane are lit. */
function litRows() {
  const canvas = document.querySelector('.pane-xz canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const lit = Array.from({ length: canvas.height }, (_, y) => {
    const row = data.subarray(4 * y * canvas.width, 4 * (y + 1) * canvas.width);
    return row.some((value, i) => i % 4 === 0 && value > 120);
  });
  return { runs: lit.filter((is, y) => is && !lit[y - 1]).length };
}
