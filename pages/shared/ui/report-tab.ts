import { say } from './texts';

/**
 * Opens a report in a tab of its own.
 * @param ask gives its address
 * @throws what `ask` throws, Error where the browser keeps tabs from opening
 */
export async function openReportTab(ask: () => Promise<string>): Promise<void> {
  // A tab that is not opened by the click itself is blocked.
  const tab = window.open('', '_blank');
  try {
    const address = await ask();
    if (!tab) throw new Error(say('report.blocked'));
    tab.opener = null;
    tab.location.replace(address);
  } catch (error) {
    tab?.close();
    throw error;
  }
}
