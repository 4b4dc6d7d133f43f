/** Shows a tab of the sidebar, as soon as the node or plugin that brings it has been loaded: before that, `show` does nothing. */
export async function showSidebar(page, tab = 'segmenter') {
  await page.waitForFunction((id) => globalThis.RED.sidebar.containsTab(id), tab, { timeout: 60_000 });
  await page.evaluate((id) => globalThis.RED.sidebar.show(id), tab);
}
