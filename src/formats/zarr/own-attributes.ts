/**
 * The attribute of an image's group that holds what NGFF has no place for: `scale` (stored * scale = quantity),
 * `acquisition` as in an image's description, and `uncovered`, how many pixels were not in the file that it is a copy of.
 */
export const OWN_ATTRIBUTES = 'node-red-segmenter';
