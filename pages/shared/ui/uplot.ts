/*!
 * Charts are drawn by uPlot (https://github.com/leeoniya/uPlot), which is part of this script:
 * The MIT License (MIT)
 *
 * Copyright (c) 2022 Leon Sorokin
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in
 * all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
 * THE SOFTWARE.
 */
import uPlot from 'uplot';

export { uPlot };

/** Gives a colour of the page's tokens, as the theme has it now. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Redraws a chart as wide as its box is now, and when the theme changes. */
export function keepDrawn(box: HTMLElement, resize: () => void, redraw: () => void): void {
  new ResizeObserver(resize).observe(box);
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ['data-shade'] });
}

/** Makes the looks of an axis. */
export function axisOf(): uPlot.Axis {
  return {
    stroke: () => token('quiet'),
    grid: { stroke: () => token('line'), width: 1 },
    ticks: { stroke: () => token('line'), width: 1 },
    font: '11px sans-serif',
  };
}
