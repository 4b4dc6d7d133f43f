import type { BlockContext } from './block-context';

/** WebP blocks (8 bit RGB or RGBA), decoded by libwebp. */
export async function decodeWebp(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const image = sharp(bytes, { limitInputPixels: Math.ceil(context.size / context.samples) });
  const { format, width, height, pages = 1 } = await image.metadata();
  if (format !== 'webp' || pages !== 1) throw new Error('it is no WebP image of one frame');
  if (width !== context.width || height < context.rows || width * height * context.samples > context.size) {
    throw new Error(`it has ${height} x ${width} pixels`);
  }
  // An opaque image is stored without transparency, whatever the samples.
  return (context.samples === 4 ? image.ensureAlpha() : image.removeAlpha()).raw().toBuffer();
}
