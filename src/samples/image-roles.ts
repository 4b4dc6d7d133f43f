/** The names under which a sample holds images. */
export const IMAGE_ROLES = ['raw', 'seg1', 'seg2', 'target', 'weight', 'probability', 'mask', 'labels'] as const;
