import { CurationPage } from './curation-page.mjs';

/** The results page as a person meets it; image, keys and zoom are those of the curation page. */
export class ResultsPage extends CurationPage {
  /** That something is not there is an answer, though browsers say so in their log. */
  noProblems() {
    this.problems = this.problems.filter((text) => !/status of 404/.test(text));
    super.noProblems();
  }

  async select(name) {
    await this.page.locator('.row', { hasText: name }).first().click();
    await this.opened(name);
  }

  /** Names of the samples in sight, from above. */
  samples() {
    return this.page.locator('.strip .row').evaluateAll((rows) =>
      rows
        .map((row) => ({ top: Number.parseFloat(row.style.top), name: row.querySelector('.row-name').textContent }))
        .sort((a, b) => a.top - b.top)
        .map(({ name }) => name),
    );
  }

  threshold() {
    return this.page.locator('.threshold-number').inputValue().then(Number);
  }

  /** What is said of the foreground at the threshold, once it is counted. */
  async foreground() {
    const element = this.page.locator('.foreground', { hasText: /pixels/ });
    await element.waitFor();
    const text = await element.textContent();
    const pixels = Number(/([\d,]+) pixels/.exec(text)[1].replaceAll(',', ''));
    return { pixels, exact: !text.startsWith('about') };
  }

  /** The colour of a point of the image as it is drawn, `#rrggbb`. */
  colourAt([x, y]) {
    return this.page.evaluate(
      ([x, y]) => {
        const canvas = document.querySelector('.stage .pane:not([hidden]) canvas');
        const [red, green, blue] = canvas.getContext('2d').getImageData(x, y, 1, 1).data;
        return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
      },
      [x, y],
    );
  }
}
