import { existsSync } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser's path: `$CHROMIUM`, or the first on the path; null where there is none. */
function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return places.find((place) => existsSync(place)) ?? null;
}

/** Starts Chromium, or skips the running tests with a visible message. */
export async function launchChromium(test) {
  const executablePath = findChromium();
  if (!executablePath) {
    console.log('      skipped: there is no Chromium; install it, or name it in $CHROMIUM');
    return test.skip();
  }
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--enable-precise-memory-info'] });
}
