import { openImage } from '../../../src/formats';
import type { Region } from '../../../src/image/region';

/** Reads the pixels that `argv` names and tells how much memory the process took. */
async function main(file: string, region: Region): Promise<void> {
  const source = await openImage(file);
  const pixels = await source.read(region);
  await source.close();
  process.send?.({ pixels: pixels.length, peakBytes: process.resourceUsage().maxRSS * 1024 });
}

const [file, region] = process.argv.slice(2);
void main(file, JSON.parse(region)).then(() => process.disconnect());
