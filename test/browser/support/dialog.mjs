/**
 * Waits until the dialog of a node stands still. It slides in: what is pressed on the way is pressed on one place and let go on
 * another, which is no click.
 */
export async function dialogStands(page) {
  await page.waitForFunction(() => {
    const tray = [...document.querySelectorAll('.red-ui-tray')].at(-1);
    if (!tray || tray.getAnimations().length > 0) return false;
    const right = (element) => element.getBoundingClientRect().right;
    return Math.abs(right(tray) - right(tray.parentElement)) < 1;
  });
}
