import assert from 'node:assert/strict';
import { launchChromium } from './support/chromium.mjs';
import { assertStandsOut } from './support/contrast.mjs';
import { CurationPage } from './support/curation-page.mjs';
import { madeImage } from './support/made-image.mjs';
import { startMadeServer } from './support/made-server.mjs';
import { assertAllNamed } from './support/spoken-names.mjs';

describe('the curation page goes by its reader', function () {
  this.timeout(120_000);
  let browser;
  let server;

  before(async function () {
    browser = await launchChromium(this);
    server = await startMadeServer({ images: [madeImage('one', [1, 1, 1, 160, 200])] });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('and speaks English where it has no file of their language', async () => {
    const page = await (await CurationPage.open(browser, server.url, { locale: 'eo-001' })).ready();
    assert.equal(await page.page.locator('.tool.select').textContent(), 'Select');
    assert.equal(await page.page.evaluate(() => document.documentElement.lang), 'en');
    page.noProblems();
    await page.close();
  });

  it('and is dark as the system is, while it changes, until one is chosen here', async () => {
    const page = await (await CurationPage.open(browser, server.url, { colorScheme: 'dark' })).ready();
    // A browser tells of the system's change with its next frame.
    const hasBack = (colour) =>
      page.page.waitForFunction(
        (wanted) => getComputedStyle(document.documentElement).backgroundColor === wanted,
        colour,
        {
          timeout: 5000,
        },
      );
    const [dark, light] = ['rgb(27, 30, 35)', 'rgb(243, 243, 243)'];
    await hasBack(dark);
    await page.page.emulateMedia({ colorScheme: 'light' });
    await hasBack(light);
    const theme = page.page.getByRole('button', { name: 'light, dark, or as the editor or the system has it' });
    await theme.click();
    await page.page.emulateMedia({ colorScheme: 'dark' });
    await page.page.waitForTimeout(200);
    await hasBack(light);
    await theme.click();
    await page.page.reload();
    await page.page.emulateMedia({ colorScheme: 'light' });
    await page.ready();
    await hasBack(dark);
    page.noProblems();
    await page.close();
  });

  it('and is dark or light as was chosen in the editor of Node-RED 5', async () => {
    const page = await (await CurationPage.open(browser, server.url, { colorScheme: 'light' })).ready();
    const shade = () => page.page.evaluate(() => document.documentElement.dataset.shade);
    assert.equal(await shade(), 'light');
    await page.page.evaluate(() => localStorage.setItem('view-dark-theme', 'dark'));
    await page.page.reload();
    await page.ready();
    assert.equal(await shade(), 'dark');
    page.noProblems();
    await page.close();
  });

  it('and has a name for every control', async () => {
    const page = await (await CurationPage.open(browser, server.url)).ready();
    const names = await assertAllNamed(page.page);
    assert.ok(names.length > 30, `${names.length} controls`);
    await page.close();
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`and stands out enough in ${colorScheme}, under the pointer and pressed too`, async () => {
      const page = await (await CurationPage.open(browser, server.url, { colorScheme })).ready();
      await assertStandsOut(page.page);
      await page.close();
    });
  }
});
