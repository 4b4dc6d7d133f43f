/**
 * The attribute of an image's group that holds what NGFF has no place for: `scale` (stored * scale = quantity) and
 * `acquisition` as in an image's description.
 */
export const OWN_ATTRIBUTES = 'node-red-segmenter';
