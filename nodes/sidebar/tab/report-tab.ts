import type { Server } from './server';

/**
 * Opens a report in a tab of its own.
 * @param route gives its address
 * @throws Refused
 */
export async function openReport(server: Server, route: string): Promise<null> {
  // A tab that is not opened by the click itself is blocked.
  const tab = window.open('', '_blank');
  try {
    const { address } = await server.get<{ address: string }>(route);
    if (tab) tab.opener = null;
    tab?.location.replace(new URL(`segmenter/reports/${address}`, document.baseURI).href);
    return null;
  } catch (error) {
    tab?.close();
    throw error;
  }
}
