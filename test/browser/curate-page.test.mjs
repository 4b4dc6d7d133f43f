import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inRoot } from '../../scripts/paths.mjs';
import { launchChromium } from './support/chromium.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';

const golden = JSON.parse(readFileSync(inRoot('test', 'browser', 'golden', 'polygons.json'), 'utf8'));
const { fillPolygon } = createRequire(inRoot('package.json'))('./dist/src/masks/polygon-mask.js');
const [HEIGHT, WIDTH] = golden.shapeYX;
const USERS = {
  'token-anna': { name: 'anna', canWrite: true },
  'token-ben': { name: 'ben', canWrite: true },
  'token-eve': { name: 'eve', canWrite: false },
};
const KEY = 'auth-tokens-red';
const FINDINGS = [
  { check: 'focus', severity: 'warning', message: 'focus 0.02, expected at least 0.1', samples: ['B02/f1'] },
  {
    check: 'empty masks',
    severity: 'error',
    message: 'seg1 of 2 samples has no foreground',
    samples: ['B02/f2', 'B03/f3'],
  },
];

describe('the curation page', function () {
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

  /** Some images of the golden polygons' size, served. */
  async function serve({ count = 5, shape = [1, 2, 1, HEIGHT, WIDTH], ...options } = {}) {
    const images = Array.from({ length: count }, (_, i) => madeImage(`B0${i}/f${i}`, shape, { seed: i + 1 }));
    server = await startMadeServer({ images, ...options });
    return server;
  }

  async function open(options) {
    const page = await CurationPage.open(browser, server.url, options);
    pages.push(page);
    return page;
  }

  const decisionOf = (id) => server.records.get(id).decision;

  it('takes a person through a whole session: draw, undo, correct, reject, go back, resume, finish', async () => {
    await serve({ findings: FINDINGS });
    let page = await (await open()).ready();
    await page.opened('B00/f0');
    await page.actualSize();
    const [first, second, ...rest] = golden.merge.verticesXY;
    await page.polygon('m', [first, [second[0] - 30, second[1] - 20], ...rest]);
    await page.polygon('e', golden.exclude.verticesXY);
    assert.deepEqual(await page.shapes(), ['Merging shape 1', 'Excluding shape 1']);
    await page.press('Control+z');
    assert.deepEqual(await page.shapes(), ['Merging shape 1']);
    await page.press('Control+Shift+Z');
    assert.deepEqual(await page.shapes(), ['Merging shape 1', 'Excluding shape 1']);
    await page.press('v');
    await page.page.locator('.shape-name', { hasText: 'Merging shape 1' }).click();
    await page.drag([second[0] - 30, second[1] - 20], second);
    await page.page.locator('.overlaps', { hasText: 'share' }).waitFor();
    await page.saved();
    assert.deepEqual(decisionOf('B00/f0').merge, [{ rings: [golden.merge.verticesXY], z: null }]);
    assert.deepEqual(decisionOf('B00/f0').exclude, [{ rings: [golden.exclude.verticesXY], z: null }]);

    await page.press('u');
    await page.opened('B01/f1');
    await page.press('r');
    await page.page.keyboard.type('out of focus');
    await page.press('Enter');
    await page.opened('B02/f2');
    await page.press('s', 'u');
    await page.opened('B03/f3');
    await page.press('b', 'b');
    await page.opened('B01/f1');
    assert.equal(await page.page.locator('.reason input').inputValue(), 'out of focus');
    await page.saved();
    page.noProblems();
    await pages.pop().close();

    page = await (await open()).ready();
    await page.opened('B03/f3');
    await page.page.locator('.counts', { hasText: '2 used · 1 rejected · 2 to do' }).waitFor();
    await page.page.locator('.row', { hasText: 'f0' }).click();
    await page.opened('B00/f0');
    assert.deepEqual(await page.shapes(), ['Merging shape 1', 'Excluding shape 1']);
    await page.page.getByRole('button', { name: 'Finish' }).click();
    await page.page.getByText('2 images are undecided').waitFor();
    await page.page.getByRole('button', { name: 'Send on 2 images' }).click();
    await page.page.getByText('Sent on 2 images; 1 rejected, 2 undecided.').waitFor();
    assert.equal(server.run.finished, true);
    await page.page.getByRole('button', { name: 'Send again' }).waitFor();
    const states = [...server.records.values()].map(({ decision: { state, reason, base } }) => [state, reason, base]);
    assert.deepEqual(states, [
      ['used', null, 'seg1'],
      ['rejected', 'out of focus', 'seg1'],
      ['used', null, 'seg2'],
      ['undecided', null, 'seg1'],
      ['undecided', null, 'seg1'],
    ]);
    for (const kind of ['merge', 'exclude']) {
      const mask = new Uint8Array(HEIGHT * WIDTH);
      const [{ rings }] = decisionOf('B00/f0')[kind];
      fillPolygon(
        rings.map((ring) => ring.map(([x, y]) => [y, x])),
        HEIGHT,
        WIDTH,
        mask,
      );
      assert.deepEqual(mask, goldenMask(kind), `${kind}: not what scikit-image fills`);
    }
    page.noProblems();
  });

  it('shows the merged result live: base outside of scikit-image’s polygon, the other inside', async () => {
    await serve({ count: 1 });
    const page = await (await open()).ready();
    await page.actualSize();
    await page.polygon('m', golden.merge.verticesXY);
    // Black image and nothing but the result over it.
    await page.press('Escape', '1', '1', '2', '2');
    await page.page.getByLabel('Black point').fill('999');
    while ((await page.page.locator('.layer:nth-of-type(3) input:checked').inputValue()) !== 'fill')
      await page.press('3');
    await page.ready();
    await page.page.waitForTimeout(100);
    const origin = (await page.screen([0, 0])).map(Math.floor);
    const lit = await page.page.evaluate(readLit, { origin, width: WIDTH, height: HEIGHT });
    const [image] = server.run.images;
    const inside = goldenMask('merge');
    let wrong = 0;
    let foreground = 0;
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const hasInk = (x % 256) % 4 < 2 && (y % 256) % 4 < 2;
        const result = image.pixels[inside[y * WIDTH + x] ? 'seg2' : 'seg1'](x, y, 0);
        if (lit[y][x] !== (result && hasInk ? '1' : '0')) wrong++;
        foreground += result;
      }
    }
    assert.ok(foreground > 10_000);
    assert.equal(wrong, 0);
  });

  it('is worked by the keyboard alone: draw, add and move a vertex, dab, delete, copy', async () => {
    await serve({ count: 3 });
    const page = await (await open()).ready();
    await page.page.locator('.stage').focus();
    await page.press(
      'e',
      'Space',
      ...Array(3).fill('Shift+ArrowRight'),
      'Space',
      ...Array(3).fill('Shift+ArrowDown'),
      'Space',
      'Enter',
    );
    await page.saved();
    const [start, right, down] = decisionOf('B00/f0').exclude[0].rings[0];
    assert.ok(
      right[0] > start[0] + 20 && right[1] === Math.round(start[1]) && down[1] > right[1] + 20,
      String([start, right, down]),
    );
    await page.press('v', 'g', 'h', 'h', 'Space', 'ArrowUp');
    await page.saved();
    assert.equal(decisionOf('B00/f0').exclude[0].rings[0].length, 4);
    await page.press('Delete', 'p', 'Space', 'o', 'ArrowLeft', 'Space');
    await page.saved();
    assert.equal(decisionOf('B00/f0').exclude[0].rings[0].length, 3);
    assert.deepEqual(
      decisionOf('B00/f0').strokes.map(({ value, radius }) => [value, radius]),
      [
        [1, 8],
        [0, 8],
      ],
    );
    await page.press('n');
    await page.opened('B01/f1');
    await page.press('y', 'Shift+N');
    await page.opened('B02/f2');
    await page.saved();
    assert.deepEqual(decisionOf('B01/f1').exclude, decisionOf('B00/f0').exclude);
    await page.press('?');
    await page.page.getByRole('dialog', { name: 'Keys' }).waitFor();
    page.noProblems();
  });

  it('is worked by fingers: one draws, two zoom', async () => {
    await serve({ count: 1 });
    const page = await (await open({ hasTouch: true })).ready();
    const before = await page.page.locator('.zoom').textContent();
    const client = await page.page.context().newCDPSession(page.page);
    const touch = (type, ...points) =>
      client.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const at = async (x, y) => (await page.screen([x, y])).map(Math.round);
    await page.press('Shift+E');
    const line = await Promise.all(
      [
        [100, 100],
        [300, 100],
        [300, 250],
        [100, 250],
      ].map(([x, y]) => at(x, y)),
    );
    await touch('touchStart', line[0]);
    for (const point of line.slice(1)) await touch('touchMove', point);
    await touch('touchEnd');
    await page.saved();
    const [{ rings }] = decisionOf('B00/f0').exclude;
    assert.ok(rings[0].length >= 4 && rings[0].length <= 6, String(rings[0]));
    const [cx, cy] = await at(300, 200);
    await touch('touchStart', [cx - 50, cy], [cx + 50, cy]);
    for (const half of [80, 120, 150]) await touch('touchMove', [cx - half, cy], [cx + half, cy]);
    await touch('touchEnd');
    const after = await page.page.locator('.zoom').textContent();
    assert.ok(Number.parseFloat(after) > 2 * Number.parseFloat(before), `${before} became ${after}`);
    assert.equal(decisionOf('B00/f0').exclude.length, 1);
    page.noProblems();
  });

  it('lets two people decide at once: the later one chooses', async () => {
    await serve({ users: USERS });
    const anna = await (await open({ token: { key: KEY, token: 'token-anna' } })).ready();
    const ben = await (await open({ token: { key: KEY, token: 'token-ben' } })).ready();
    await anna.press('u');
    await anna.saved();
    await ben.press('r');
    await ben.page.keyboard.type('debris');
    await ben.press('Tab');
    await ben.page.getByText('was changed by anna while you worked on it').waitFor();
    assert.equal(decisionOf('B00/f0').state, 'used');
    await ben.page.getByRole('button', { name: 'Keep mine' }).click();
    await ben.saved();
    assert.deepEqual([decisionOf('B00/f0').reason, server.records.get('B00/f0').by], ['debris', 'ben']);
    await ben.press('n');
    await ben.opened('B01/f1');
    await anna.opened('B01/f1');
    await ben.press('s');
    await ben.saved();
    await anna.press('u');
    await anna.page.getByText('was changed by ben').waitFor();
    await anna.page.getByRole('button', { name: 'Take theirs' }).click();
    await anna.saved();
    assert.deepEqual([decisionOf('B01/f1').state, decisionOf('B01/f1').base], ['undecided', 'seg2']);
  });

  it('keeps decisions while the server is away, also over a closed browser', async () => {
    await serve();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = new CurationPage(await context.newPage());
    pages.push(page);
    await page.page.goto(server.url);
    await page.ready();
    server.run.isDown = true;
    await page.press('s');
    await page.page.getByText('Not saved: no connection. 1 image kept in this browser').waitFor();
    assert.equal(decisionOf('B00/f0').base, 'seg1');
    await page.page.close();
    server.run.isDown = false;
    const again = new CurationPage(await context.newPage());
    await again.page.goto(server.url);
    await again.ready();
    await again.saved();
    assert.equal(decisionOf('B00/f0').base, 'seg2');
  });

  it('refuses tools that do nothing on an image, and says why', async () => {
    const images = [
      madeImage('raw only', [1, 1, 1, HEIGHT, WIDTH], { segmentations: [] }),
      madeImage('with mask', [1, 1, 1, HEIGHT, WIDTH], { segmentations: ['seg1'], masks: ['mergeMask'] }),
    ];
    server = await startMadeServer({ images });
    const page = await (await open()).ready();
    await page.opened('raw only');
    const tool = (name) => page.page.locator(`.tool.${name}`);
    assert.ok(await tool('mergePolygon').isDisabled());
    for (const name of ['excludePolygon', 'brush', 'eraser', 'paintPolygon', 'fill']) {
      assert.ok(await tool(name).isEnabled(), name);
    }
    await page.page.locator('.row', { hasText: 'with mask' }).click();
    await page.opened('with mask');
    await page.page.locator('.overlaps', { hasText: 'segmentation 2 counts, which this image lacks' }).waitFor();
    assert.ok(await page.page.getByRole('button', { name: 'Use', exact: true }).isDisabled());
    // What is painted from nothing merges nothing.
    await page.page.locator('.decision .choice').getByText('Nothing').click();
    assert.ok(await page.page.getByRole('button', { name: 'Use', exact: true }).isEnabled());
    await page.saved();
    assert.equal(decisionOf('with mask').base, 'none');
  });

  it('goes on where the server has another token after a restart', async () => {
    await serve();
    const page = await (await open()).ready();
    server.run.token = 'second';
    await page.press('s');
    await page.saved();
    assert.equal(decisionOf('B00/f0').base, 'seg2');
  });

  it('says that the server is away, and goes on by itself when it is back', async () => {
    await serve();
    const page = new CurationPage(await browser.newPage({ viewport: { width: 1440, height: 900 } }));
    pages.push(page);
    await page.page.clock.install();
    await page.page.goto(server.url);
    await page.ready();
    server.run.isDown = true;
    await page.page.clock.fastForward(11_000);
    await page.page.getByText('Node-RED, or this curation in it, is away').waitFor();
    server.run.isDown = false;
    await page.page.clock.fastForward(11_000);
    await page.page.getByText('Connected again').waitFor();
  });

  it('shows a read-only user all and lets them change nothing', async () => {
    await serve({ users: USERS, findings: FINDINGS });
    const page = await (await open({ token: { key: KEY, token: 'token-eve' } })).ready();
    await page.page.getByText('eve, read only').waitFor();
    for (const name of ['Use', 'Reject', 'Merge', 'Exclude', 'Brush', 'Finish', 'Copy from previous']) {
      assert.ok(await page.page.getByRole('button', { name, exact: true }).isDisabled(), `${name} can be pressed`);
    }
    await page.press('u', 's', 'y', 'p', 'Space', 'n');
    await page.opened('B01/f1');
    await page.press('i');
    await page.page.getByText('seg1 of 2 samples has no foreground').waitFor();
    await page.page.waitForTimeout(500);
    assert.deepEqual(
      server.run.requests.filter((request) => !request.startsWith('GET')),
      [],
    );
    page.noProblems();
  });

  it('asks who is not logged in to do so at the editor, and puts no token into an address', async () => {
    await serve({ users: USERS });
    const page = await open();
    const link = page.page.getByRole('link', { name: 'Log in at the editor' });
    assert.equal(await link.getAttribute('href'), '/red/');
    await page.page.evaluate(([key]) => localStorage.setItem(key, '{"access_token":"token-anna"}'), [KEY]);
    const addresses = [];
    page.page.on('request', (request) => addresses.push(request.url()));
    await page.page.reload();
    await page.ready();
    assert.ok(addresses.some((address) => address.includes('/tile/')));
    assert.deepEqual(
      addresses.filter((address) => /token|anna/.test(address)),
      [],
    );
  });
});

function goldenMask(kind) {
  const mask = new Uint8Array(HEIGHT * WIDTH);
  for (const [y, from, to] of golden[kind].runsYXX) mask.fill(1, y * WIDTH + from, y * WIDTH + to);
  assert.equal(
    mask.reduce((sum, value) => sum + value, 0),
    golden[kind].pixels,
  );
  return mask;
}

/** In the page: for each image pixel whether the canvas is lit there, as rows of 0 and 1. */
function readLit({ origin: [x0, y0], width, height }) {
  const canvas = document.querySelector('.pane-xy canvas');
  const box = canvas.getBoundingClientRect();
  const { data } = canvas
    .getContext('2d')
    .getImageData(Math.round(x0 - box.left), Math.round(y0 - box.top), width, height);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (data[4 * (y * width + x)] > 40 ? '1' : '0')).join(''),
  );
}
