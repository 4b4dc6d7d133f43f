/** Pixels that the arrow of a selection takes. */
const ARROW = 18;

/**
 * Texts that do not fit: wider than their own element, cut off at the edge of one around it, also by three dots, and selections
 * too narrow for what is chosen.
 * @param root a locator; what is scrolled out of sight below it does not count
 * @returns the texts
 */
export function cutTexts(root) {
  return root.evaluate((top, arrow) => {
    const cut = [];
    const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.textContent.trim() || element.closest('select, style, script') || !isSeen(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const { left, right } = range.getBoundingClientRect();
      if (left < right && isCut(element, left, right)) cut.push(node.textContent.trim());
    }
    for (const select of top.querySelectorAll('select')) {
      if (isSeen(select) && chosenWidth(select) > innerWidth(select)) cut.push(select.selectedOptions[0].text);
    }
    return cut;

    function isSeen(element) {
      return element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    }

    function isCut(element, left, right) {
      for (let around = element; around && around !== top.parentElement; around = around.parentElement) {
        const { overflowX, clipPath } = getComputedStyle(around);
        // What is there for screen readers alone is clipped away.
        if (clipPath !== 'none') return false;
        const box = around.getBoundingClientRect();
        // What runs out of its own place lies over what stands beside it.
        if (overflowX === 'visible' && (around !== element || box.width === 0)) continue;
        if (left < box.left - 1 || right > box.right + 1) return true;
      }
      return false;
    }

    function chosenWidth(select) {
      const { font } = getComputedStyle(select);
      const context = document.createElement('canvas').getContext('2d');
      context.font = font;
      return context.measureText(select.selectedOptions[0]?.text ?? '').width;
    }

    function innerWidth(select) {
      const { paddingLeft, paddingRight } = getComputedStyle(select);
      return select.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight) - arrow;
    }
  }, ARROW);
}
