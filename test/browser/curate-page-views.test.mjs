import assert from 'node:assert/strict';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';

const SHAPE = [1, 3, 24, 320, 448];

describe('the curation page’s views of a stack of several channels', function () {
  this.timeout(120_000);
  let browser;
  let server;
  let page;

  before(async function () {
    browser = await launchChromium(this);
    server = await startMadeServer({ images: [madeImage('stack', SHAPE)] });
    page = await (await CurationPage.open(browser, server.url, { width: 1280, height: 800 })).ready();
    await page.actualSize();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const decision = () => server.records.get('stack').decision;
  const outer = [
    [100, 60],
    [340, 60],
    [340, 260],
    [100, 260],
  ];
  const inner = [
    [180, 120],
    [260, 120],
    [260, 200],
    [180, 200],
  ];

  it('do not move when a tool is chosen', async () => {
    const place = async () => (await page.page.locator('.stage').boundingBox()).y;
    const before = await place();
    for (const key of ['p', 'o', 'm', 'Shift+E', 'k', 'v']) {
      await page.press(key);
      assert.equal(await place(), before, `after ${key}`);
    }
  });

  it('cut a hole into a shape, with the key or Shift, undone and filled', async () => {
    await page.polygon('m', outer);
    await page.press('k');
    for (const point of inner) await page.click(point);
    await page.press('Enter');
    await page.saved();
    assert.deepEqual(decision().merge, [{ rings: [outer, inner], z: null }]);
    await page.press('Control+z');
    await page.saved();
    assert.deepEqual(decision().merge[0].rings, [outer]);
    await page.press('k');
    await page.page.keyboard.down('Shift');
    await page.click(inner[0]);
    await page.page.keyboard.up('Shift');
    for (const point of inner.slice(1)) await page.click(point);
    await page.press('Enter');
    await page.page.getByRole('button', { name: 'fill its hole' }).waitFor();
    await page.press('k');
    for (const [x, y] of inner) await page.click([x + 150, y]);
    await page.press('Enter');
    await page.page.getByText('it has to lie wholly inside one merging shape').waitFor();
    await page.saved();
    assert.deepEqual(decision().merge, [{ rings: [outer, inner], z: null }]);
  });

  it('show the result across the planes as the planes have it', async () => {
    await page.press('Escape', '1', '1', '2', '2');
    await page.page.getByLabel('Black point').fill('999');
    await pick('Result', 'fill');
    await page.press('x');
    await page.actualSize();
    await page.drawn();
    const [y, image] = [160, server.run.images[0]];
    const { columns, rows } = await page.page.evaluate(litColumns);
    assert.ok(rows > 0);
    const left = (await page.screen([0, 0]))[0] - (await page.page.locator('.pane-xz').boundingBox()).x;
    const scale = (await page.screen([1, 0]))[0] - (await page.screen([0, 0]))[0];
    const isIn = ([a, , c], x) => x > a[0] && x < c[0] && y > a[1] && y < c[1];
    let seen = 0;
    for (let x = 0; x < SHAPE[4]; x++) {
      const hasInk = x % 4 < 2;
      const name = isIn(outer, x) && !isIn(inner, x) ? 'seg2' : 'seg1';
      const isForeground = Array.from({ length: 24 }, (_, z) => z % 4 < 2 && image.pixels[name](x, y, z) === 1);
      const expected = hasInk && isForeground.includes(true);
      const lit = columns[Math.floor(left + x * scale)];
      if (outer.some(([edge]) => Math.abs(edge - x) < 2) || inner.some(([edge]) => Math.abs(edge - x) < 2)) continue;
      assert.equal(lit, expected, `column ${x}`);
      seen += expected ? 1 : 0;
    }
    assert.ok(seen > 40, `${seen} columns`);
  });

  it('say why the maximum lacks the result', async () => {
    await page.press('x');
    const result = page.page.locator('.layer', { hasText: 'Result' }).locator('input').first();
    assert.equal(await result.isDisabled(), false);
    await page.page.getByLabel('Merging shape 1, first plane').fill('3');
    await page.press('Tab');
    await page.page.getByText('The maximum shows the result only').waitFor();
    assert.equal(await result.isDisabled(), true);
  });

  it('add the channels’ colours up, each with its own contrast', async () => {
    await page.press('w', 'Shift+C');
    await page.page.locator('.stage').click({ position: { x: 3, y: 3 } });
    await page.press('x');
    await page.actualSize();
    const colours = { DAPI: '#ff0000', GFP: '#00ff00', RFP: '#0000ff' };
    for (const [name, colour] of Object.entries(colours)) {
      await page.page.getByRole('button', { name, exact: true }).click();
      await page.page.getByLabel(`Colour of ${name}`).fill(colour);
      await page.page.getByLabel('Contrast preset').selectOption('0');
    }
    await page.page.getByLabel('Show RFP').uncheck();
    await page.ready();
    const [x, y] = await page.screen([101, 97]);
    const { pixels } = server.run.images[0];
    const z = Number((await page.page.locator('.position-z output').textContent()).split(' ')[0]);
    // The ranges of made images, and 16-bit values.
    const grey = (c) => Math.round((255 * Math.max(0, Math.floor(pixels.raw(101, 97, z, c)) - 90)) / (2600 - 90));
    await page.page.waitForTimeout(100);
    const pixel = await page.page.evaluate(pixelAt, [x, y]);
    assert.deepEqual(pixel, [grey(0), grey(1), 0]);
    await page.page.mouse.move(x, y);
    const values = [0, 1].map((c) => Math.floor(pixels.raw(101, 97, z, c))).join(', ');
    await page.page.locator('.readout', { hasText: `x 101  y 97` }).waitFor();
    assert.ok((await page.page.locator('.readout').textContent()).endsWith(`value ${values}`));
    page.noProblems();
  });

  async function pick(layer, style) {
    await page.page.locator('.layer', { hasText: layer }).locator(`label:has(input[value=${style}])`).click();
  }
});

/** In the page: which columns of the xz section have a lit pixel. */
function litColumns() {
  const { width, height } = document.querySelector('.pane-xz canvas');
  const { data } = document.querySelector('.pane-xz canvas').getContext('2d').getImageData(0, 0, width, height);
  const columns = Array.from({ length: width }, (_, x) =>
    Array.from({ length: height }, (_, y) => data[4 * (y * width + x)] > 60).includes(true),
  );
  return { columns, rows: height };
}

function pixelAt([x, y]) {
  const canvas = document.querySelector('.pane-xy canvas');
  const box = canvas.getBoundingClientRect();
  const { data } = canvas.getContext('2d').getImageData(Math.floor(x - box.left), Math.floor(y - box.top), 1, 1);
  return [...data.slice(0, 3)];
}
