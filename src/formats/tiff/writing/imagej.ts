import type { WriteInfo } from '../../source';

/** The description that ImageJ writes, for planes stored c fastest, then z, then t. */
export function imageJDescription({ shape: [t, c, z], pixelSize, scale, acquisition }: WriteInfo): string {
  const lines = ['ImageJ=1.54f', `images=${t * c * z}`];
  if (c > 1) lines.push(`channels=${c}`);
  if (z > 1) lines.push(`slices=${z}`);
  if (t > 1) lines.push(`frames=${t}`);
  if (c > 1 || t > 1) lines.push('hyperstack=true', 'mode=grayscale');
  if (scale !== undefined) lines.push('cf=0', 'c0=0', `c1=${scale}`, 'vunit=value');
  if (pixelSize) lines.push('unit=micron');
  if (pixelSize && pixelSize.z !== null) lines.push(`spacing=${pixelSize.z}`);
  if (acquisition?.timeIncrement !== undefined) lines.push(`finterval=${acquisition.timeIncrement}`);
  lines.push('loop=false');
  return `${lines.join('\n')}\n`;
}
