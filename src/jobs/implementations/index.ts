import type { JobImplementations } from '../protocol';

/** Every job's module, loaded on its first use: a pixel worker never loads an engine. */
export const implementations: JobImplementations = {
  'list-samples': async () => (await import('./list-samples.js')).listSamplesJob,
  'list-tables': async () => (await import('./list-samples.js')).listTablesJob,
  'open-sample': async () => (await import('./list-samples.js')).openSampleJob,
  'inspect-file': async () => (await import('./list-samples.js')).inspectFileJob,
  'inspect-path': async () => (await import('./inspect-path.js')).inspectPathJob,
  'merge-masks': async () => (await import('./merge-masks.js')).mergeMasksJob,
  'exclude-regions': async () => (await import('./exclude-regions.js')).excludeRegionsJob,
  'list-patches': async () => (await import('./list-patches.js')).listPatchesJob,
  'pseudo-label': async () => (await import('./pseudo-label.js')).pseudoLabelJob,
  threshold: async () => (await import('./threshold.js')).thresholdJob,
  evaluate: async () => (await import('./evaluate.js')).evaluateJob,
  'save-image': async () => (await import('./save-image.js')).saveImageJob,
  'keep-images': async () => (await import('./keep-images.js')).keepImagesJob,
  'check-samples': async () => (await import('./check-samples.js')).checkSamplesJob,
  'export-review': async () => (await import('./export-review.js')).exportReviewJob,
  'apply-decision': async () => (await import('./apply-decision.js')).applyDecisionJob,
  overlay: async () => (await import('./overlay.js')).overlayJob,
  'picture-info': async () => (await import('./picture-info.js')).pictureInfoJob,
  picture: async () => (await import('./picture.js')).pictureJob,
  'stack-picture': async () => (await import('./picture.js')).stackPictureJob,
  predict: async () => (await import('./predict.js')).predictJob,
  train: async () => (await import('./train.js')).trainJob,
  'publish-training': async () => (await import('./train.js')).publishTrainingJob,
  'try-backend': async () => (await import('./try-backend.js')).tryBackendJob,
};
