/** Of one request: a cut connection costs no more, and neither side holds more in memory. */
export const PIECE_BYTES = 4 * 2 ** 20;
/** Of a list of files. */
export const MOST_LIST_BYTES = 4 * 2 ** 20;

/** How many bytes of a file are there, as in draft-ietf-httpbis-resumable-upload ... */
export const OFFSET_HEADER = 'upload-offset';
/** ... and how many it has. */
export const LENGTH_HEADER = 'upload-length';
