declare module 'lerc' {
  export interface DecodedBlock {
    /** one for each band */
    pixels: ArrayBufferView<ArrayBuffer>[];
  }
  export interface Decoder {
    decode(bytes: ArrayBuffer, options: { returnPixelInterleavedDims: boolean }): DecodedBlock;
  }
  const decoder: Decoder;
  export default decoder;
}
