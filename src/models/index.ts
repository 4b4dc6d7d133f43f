/** The model registry: cards, versions, publishing and finding. */
export { type ModelCard, ModelCardSchema, type ModelReference, ModelReferenceSchema } from './card';
export { listModels, listVersions, type ModelListing, modelFolder, runFolder, weightsPath } from './layout';
export { checkModelName, type ModelQuery, parseModelQuery } from './names';
export { type CardFields, type NewModel, publishModel } from './publish';
export { readCard } from './read-card';
export { type ResolvedModel, resolveModel } from './resolve';
export { readWeights, writeWeights } from './weights';
