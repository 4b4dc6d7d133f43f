import assert from 'node:assert/strict';

/** The curation page as a person meets it: what is on it, by its words, and where a point of the image is. */
export class CurationPage {
  problems = [];

  constructor(page) {
    this.page = page;
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && this.problems.push(message.text()));
  }

  /** Opens the page in a browser context of its own. */
  static async open(browser, url, { width = 1440, height = 900, token = null, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, ...options });
    if (token) await context.addInitScript(storeToken, token);
    const page = new this(await context.newPage());
    await page.page.goto(url);
    return page;
  }

  /** An image is open and all of it is drawn. */
  async ready() {
    await this.page.waitForFunction(() => {
      const name = document.querySelector('.image-name')?.textContent;
      return name && document.querySelector('.viewer')?.getAttribute('aria-busy') === 'false';
    });
    return this;
  }

  /** What was changed last is drawn: the frame after it may ask for pictures, and draws again when they have come. */
  async drawn() {
    const frames = () =>
      this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await frames();
    await this.ready();
    await frames();
    return this;
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  /** One image pixel a screen pixel, so that pointing hits pixel corners. */
  async actualSize() {
    await this.page.locator('.stage').focus();
    await this.press('9');
    await this.page.waitForFunction(() => document.querySelector('.zoom')?.textContent === '100 %');
  }

  /** Where on the screen a point of the image lies. */
  async screen([x, y]) {
    const { left, top, scale, dx, dy } = await this.page.evaluate(() => {
      const box = document.querySelector('.stage').getBoundingClientRect();
      const move = document.querySelector('.shapes > g').getAttribute('transform');
      const [dx, dy, scale] = move.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
      return { left: box.left, top: box.top, scale, dx, dy };
    });
    return [left + dx + x * scale, top + dy + y * scale];
  }

  async click(point) {
    await this.page.mouse.click(...(await this.screen(point)));
  }

  async drag(from, to) {
    await this.page.mouse.move(...(await this.screen(from)));
    await this.page.mouse.down();
    await this.page.mouse.move(...(await this.screen(to)), { steps: 5 });
    await this.page.mouse.up();
  }

  /** Draws a polygon with the tool of a key; Enter closes it. */
  async polygon(key, points) {
    await this.press(key);
    for (const point of points) await this.click(point);
    await this.press('Enter');
  }

  async saved() {
    await this.page.locator('.save', { hasText: 'Saved' }).waitFor();
  }

  async opened(id) {
    await this.page.locator('.image-name', { hasText: id }).waitFor();
    await this.ready();
  }

  /** Names of the shapes in the list. */
  shapes() {
    return this.page.locator('.shape-name').allTextContents();
  }

  noProblems() {
    assert.deepEqual(this.problems, []);
  }

  close() {
    return this.page.context().close();
  }
}

function storeToken({ key, token }) {
  localStorage.setItem(key, JSON.stringify({ access_token: token, token_type: 'Bearer' }));
}
