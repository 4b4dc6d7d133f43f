import assert from 'node:assert/strict';

/** Text of this size, in pixels, or bold from the second on, counts as large. */
const LARGE = [24, 18.66];
const CONTROLS = [
  'button:visible:enabled',
  '.choice label:visible',
  'header a:visible',
  'section a:visible',
  '.strip .row:visible',
  'summary:visible',
].join();
/** Controls that look alike stand for each other. */
const ALIKE = 2;

/** Checks texts, icons and controls as they are, under the pointer and pressed. @param below selector of what is looked at */
export async function assertStandsOut(page, below = 'body') {
  assert.deepEqual(await lowContrasts(page, below), []);
  assert.deepEqual(await lowContrastsOfControls(page, below), []);
}

/**
 * Texts and icons that stand out too little from what is behind them by WCAG 2.2 AA: 4.5 to 1, large texts and icons 3 to 1.
 * Disabled controls and what lies over an image are left out.
 * @param below selector of what is looked at
 * @returns `TEXT (RATIO)` each
 */
function lowContrasts(page, below) {
  return page.evaluate(measure, [below, ...LARGE]);
}

/** The same of each control as it is while the pointer is over it, and while it is pressed. */
async function lowContrastsOfControls(page, below) {
  const wrong = new Set();
  const seen = new Map();
  for (const control of await page.locator(below).locator(CONTROLS).all()) {
    const looks = await control.evaluate(({ tagName, className, parentElement }) =>
      [tagName, className, parentElement.className].join(),
    );
    seen.set(looks, (seen.get(looks) ?? 0) + 1);
    const box = await control.boundingBox();
    if (seen.get(looks) > ALIKE || !box || box.y + box.height > (page.viewportSize()?.height ?? 0)) continue;
    await control.hover({ force: true });
    for (const text of await lowContrasts(page, below)) wrong.add(`under the pointer: ${text}`);
    await page.mouse.down();
    for (const text of await lowContrasts(page, below)) wrong.add(`pressed: ${text}`);
    // What is let go elsewhere was not pressed.
    await page.mouse.move(1, 1);
    await page.mouse.up();
  }
  return [...wrong];
}

function measure([below, large, largeBold]) {
  const parse = (colour) => {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    // Mixed colours are told in shares.
    const scale = colour.startsWith('color(srgb') ? 255 : 1;
    return { rgb: [red, green, blue].map((value) => value * scale), alpha };
  };
  const over = (front, back) => front.rgb.map((value, i) => value * front.alpha + back[i] * (1 - front.alpha));
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const chain = [];
    for (let at = element; at; at = at.parentElement) chain.push(getComputedStyle(at).backgroundColor);
    return chain.reverse().reduce((back, colour) => over(parse(colour), back), [255, 255, 255]);
  };
  const opacityOf = (element) => {
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    return opacity;
  };
  const wrong = [];
  for (const element of document.querySelectorAll(`${below} *`)) {
    const isIcon = element.matches('svg.icon, i.fa');
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
    );
    const isLeftOut = element.closest(
      '.viewer, .readout, .problem, :disabled, dialog:not([open]), noscript, script, option',
    );
    if ((!hasText && !isIcon) || isLeftOut || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const colour = parse(element.matches('svg.icon') ? style.stroke : style.color);
    const front = over({ ...colour, alpha: colour.alpha * opacityOf(element) }, back);
    const [lighter, darker] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    const ratio = (lighter + 0.05) / (darker + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = isIcon || size >= large || (size >= largeBold && Number(style.fontWeight) >= 700);
    const text = isIcon
      ? (element.parentElement.getAttribute('aria-label') ?? 'icon')
      : element.textContent.trim().slice(0, 40);
    if (ratio < (isLarge ? 3 : 4.5)) wrong.push(`${text} (${ratio.toFixed(2)})`);
  }
  return wrong;
}
