/** What a model can be written as. */
export const EXPORT_FORMATS = ['bioimageio', 'czann', 'onnx', 'onnx-mask'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What files of a format end in, behind the name of the model. */
export const EXPORT_ENDINGS: Record<ExportFormat, string> = {
  bioimageio: '.bioimageio.zip',
  czann: '.czann',
  onnx: '-probability.onnx',
  'onnx-mask': '-mask.onnx',
};
