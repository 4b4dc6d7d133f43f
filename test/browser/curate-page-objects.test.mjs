import assert from 'node:assert/strict';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';

const [HEIGHT, WIDTH] = [320, 448];

describe('correcting objects that are told apart', function () {
  this.timeout(120_000);
  let browser;
  let server;
  let page;
  const image = madeImage('nuclei', [1, 1, 1, HEIGHT, WIDTH], { segmentations: ['seg1'], numbered: true });
  const objects = objectsOf(image.pixels.numbers1);

  before(async function () {
    browser = await launchChromium(this);
    server = await startMadeServer({
      images: [image, madeImage('mask', [1, 1, 1, HEIGHT, WIDTH], { segmentations: ['seg1'] })],
    });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    page = await (await CurationPage.open(browser, server.url)).ready();
    await page.actualSize();
  });
  afterEach(() => page?.close());

  const marks = async () => {
    await page.saved();
    return server.records.get('nuclei').decision.strokes;
  };

  it('deletes by a click, joins two, splits along a line, paints with a number, and takes it all back', async () => {
    const [first, second, third, fourth] = objects;
    await page.press('Shift+D');
    await page.click(first.middle);
    await page.press('j');
    await page.click(second.middle);
    await page.click(third.middle);
    await page.press('Escape', 'Shift+J');
    const { x0, x1, middle } = fourth;
    await page.drag([x0 - 4, middle[1]], [x1 + 4, middle[1]]);
    await page.press('q');
    await page.drag([8, 300], [30, 300]);
    await page.drag([30, 306], [8, 306]);
    await page.press('Shift+Q');
    await page.drag([60, 300], [80, 300]);
    await page.press('Shift+V');
    await page.click(second.middle);
    await page.drag(second.middle, [second.x1 + 6, second.middle[1]]);
    const seg1 = (number) => ({ of: 'seg1', number });
    const made = (number) => ({ of: 'new', number });
    const found = await marks();
    assert.deepEqual(
      found.map(({ object, becomes, value }) => [object, becomes === undefined ? value : becomes]),
      [
        [seg1(first.number), null],
        [seg1(third.number), seg1(second.number)],
        [seg1(fourth.number), made(1)],
        [made(2), 1],
        [made(2), 1],
        [made(3), 1],
        [seg1(second.number), 1],
      ],
    );
    // The outline that divides the object has its border where the line was.
    assert.ok(found[2].outline.some(([, y]) => y === middle[1]));
    if (process.env.SHOT) {
      await page.press('3');
      await page.drawn();
      await page.page.screenshot({ path: process.env.SHOT });
    }
    await page.press('Control+z', 'Control+z', 'Control+Shift+z');
    assert.equal((await marks()).length, 6);
    for (let i = 0; i < 6; i++) await page.press('Control+z');
    assert.deepEqual(await marks(), []);
    page.noProblems();
  });

  it('shows a click at once, and says no longer what was of the one before', async () => {
    const [first, second, third] = objects;
    const notice = page.page.locator('.notice', { hasText: 'There is no object here.' });
    const seen = async ({ x0, x1, y0, y1, middle }) => {
      await page.page.mouse.move(...(await page.screen(middle)));
      await page.drawn();
      const [[x, y], [right, bottom]] = [await page.screen([x0, y0]), await page.screen([x1, y1])];
      const clip = { x, y, width: right - x, height: bottom - y };
      return (await page.page.screenshot({ clip })).toString('base64');
    };
    await page.press('j');
    const apart = await seen(second);
    await page.click(second.middle);
    assert.notEqual(await seen(second), apart, 'the object that is picked stands out');
    await page.press('Escape', 'Shift+D');
    const there = await seen(first);
    await page.click(first.middle);
    assert.notEqual(await seen(first), there, 'what is deleted is gone');
    await page.click(first.middle);
    await notice.waitFor();
    await page.click(third.middle);
    await notice.waitFor({ state: 'hidden' });
    assert.equal((await marks()).length, 2);
    await page.press('Control+z', 'Control+z');
    assert.deepEqual(await marks(), []);
    page.noProblems();
  });

  it('does the same with the keys, and says what it cannot do', async () => {
    const [first] = objects;
    await page.page.mouse.move(...(await page.screen(first.middle)));
    await page.press('Shift+D', 'Space');
    assert.deepEqual(
      (await marks()).map(({ object, becomes }) => [object.number, becomes]),
      [[first.number, null]],
    );
    await page.press('Space');
    await page.page.getByText('There is no object here.').waitFor();
    await page.press('Control+z', 'Shift+J', 'Space');
    for (let i = 0; i < 6; i++) await page.press('Shift+ArrowRight');
    await page.press('Space');
    assert.equal((await marks()).length, 1);
    await page.press('Control+z', 'n');
    await page.opened('mask');
    assert.equal(await page.page.locator('.tool.objectDelete').isVisible(), false);
    await page.press('Shift+D');
    await page.page.locator('.notice', { hasText: 'have no numbers of their own' }).waitFor();
    page.noProblems();
  });
});

/** Objects that lie in the image as a whole, with the point in their middle, first those in the upper rows. */
function objectsOf(numbers) {
  const found = new Map();
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const number = numbers(x, y, 0);
      if (number === 0) continue;
      const box = found.get(number) ?? { number, x0: x, x1: x, y0: y, y1: y };
      Object.assign(box, { x0: Math.min(box.x0, x), x1: Math.max(box.x1, x), y1: y });
      found.set(number, box);
    }
  }
  return [...found.values()]
    .map((box) => ({ ...box, middle: [Math.round((box.x0 + box.x1) / 2), Math.round((box.y0 + box.y1) / 2)] }))
    .filter(({ x0, x1, y0, y1, middle, number }) => {
      const isWhole = x0 > 4 && y0 > 4 && x1 < WIDTH - 12 && y1 < 280;
      return isWhole && x1 - x0 > 12 && numbers(...middle, 0) === number;
    });
}
