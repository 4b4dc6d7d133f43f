declare module 'jpegxr' {
  export interface PixelInfo {
    channels: number;
    colorFormat: string;
    /** "8", "16", "32Float", ... */
    bitDepth: string;
    bitsPerPixel: number;
    hasAlpha: boolean;
    /** blue comes first */
    bgr: boolean;
  }
  export interface DecodedImage {
    width: number;
    height: number;
    pixelInfo: PixelInfo;
    bytes: Uint8Array<ArrayBuffer>;
  }
  export interface Codec {
    decode(bytes: Uint8Array): DecodedImage;
  }
  /** Each call makes a decoder, and adds listeners to `process` that end it. */
  export default function jpegxr(options?: { printErr?: (text: string) => void }): Promise<Codec>;
}
