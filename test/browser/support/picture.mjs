import { mkdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { inRoot } from '../../../scripts/paths.mjs';

/** Pictures of the documentation are in the package: small, and still sharp enough to read what stands in them. */
const WEBP = { quality: 82, effort: 6, smartSubsample: true };

/** Tells whether the pictures of the documentation are made anew: where `$SCREENSHOTS` is set. */
export const picturesAreMade = () => Boolean(process.env.SCREENSHOTS);

/** Keeps a screenshot as `docs/images/NAME.webp`. @param width of a smaller one in pixels */
export async function keepPicture(name, png, { width } = {}) {
  const folder = inRoot('docs', 'images');
  mkdirSync(folder, { recursive: true });
  const picture = width ? sharp(png).resize({ width, withoutEnlargement: true }) : sharp(png);
  await picture.webp(WEBP).toFile(path.join(folder, `${name}.webp`));
}
