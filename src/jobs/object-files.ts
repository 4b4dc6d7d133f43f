/** What is written of the objects beside their saved labels: nothing, a table as CSV, outlines as GeoJSON, or both. */
export const OBJECT_FILES = ['none', 'table', 'outlines', 'both'] as const;
export type ObjectFiles = (typeof OBJECT_FILES)[number];
