import type { ModelCard } from '../models/card';
import { count, duration, share } from './format';
import { networkText, trainingFiles } from './model-section';
import { scoreSentence } from './score-words';
import type { TrainingMatter } from './training-matter';

/** Writes a paragraph for the methods section of a paper. */
export function trainingMethods(card: ModelCard, matter: TrainingMatter): string {
  const { software, seconds, stages, isCrossFitted, scores, expected, objects } = matter;
  const judged = scores.rows;
  const files = trainingFiles(card).filter(({ split }) => split !== 'failed').length;
  const settings = (card.recipe.settings ?? {}) as Record<string, unknown>;
  const patch = [card.patch.z, card.patch.y, card.patch.x].filter((n) => n !== null).join(' x ');
  const steps = stages.at(-1);
  const engine = card.metrics.engine ? `${card.metrics.engine} on ${card.metrics.device}` : 'this machine';
  const sentences = [
    `The model ${card.name}@${card.version} (${networkText(card)}${card.architecture.parameters ? `, ${card.architecture.parameters.toLocaleString('en-GB')} parameters` : ''}; SHA-256 ${card.sha256.slice(0, 12)}) was trained with ${software.package} ${software.version} (Node.js ${software.node}${software.onnxruntime ? `, ONNX Runtime ${software.onnxruntime}` : ''}) on ${count(files, 'image')}.`,
    `It learned from patches of ${patch} pixels for ${steps ?? 'an unknown number of'} steps${typeof settings.batchSize === 'number' ? ` of batch size ${settings.batchSize}` : ''}${typeof settings.loss === 'string' ? ` with the loss ${settings.loss}` : ''}${typeof settings.learningRate === 'number' ? `, a highest learning rate of ${settings.learningRate}` : ''} and ${optimiserText(card)}, with an exponential moving average of its weights${settings.augment === false ? ', without augmentation' : ', with random mirroring, rotation, scaling, elastic deformation, blur, noise, brightness, contrast and gamma'}${typeof settings.seed === 'number' ? `; the seed was ${settings.seed}` : ''}. The whole training took ${duration(seconds)} with ${engine}.`,
    card.recipe.starter
      ? `It began with weights learned from simulated images (${(card.recipe.starter as { name: string }).name}).`
      : null,
    judged.length === 0
      ? 'No image was held out.'
      : isCrossFitted
        ? `${count(judged.length, 'image')} were judged out of fold: each by a shorter training that had not seen it, at a threshold that the other folds chose.`
        : `${count(judged.length, 'image')} were held out and chose the step of the weights and the threshold (${card.threshold}).`,
    expected
      ? `Their mean Dice over files was ${share(expected.dice)}; of new files ${share(expected.low)} to ${share(expected.high)} is expected in ${Math.round(100 * expected.level)} % of cases.`
      : null,
    scoreSentence(scores),
    card.outputs
      ? 'Beside the foreground the network gives the distance of each voxel to the boundary and to the centre of its object, each by the largest of that object, learned with the cross-entropy inside objects; a watershed from where both say so makes objects of them.'
      : null,
    objects
      ? `Its seeds and smallest size were chosen by the mean average precision at overlaps (IoU) of 0.5 to 0.9 on images that the weights had not seen: ${share(objects.meanAveragePrecision)}, ${share(objects.averagePrecision)} at 0.5.`
      : null,
  ];
  return sentences.flatMap((sentence) => sentence ?? []).join(' ');
}

/** Models of earlier versions learned with Adam alone. */
function optimiserText({ recipe }: ModelCard): string {
  return recipe.kernelRate
    ? 'the optimisers Muon (kernels between feature maps) and Adam (all other parameters)'
    : 'the optimiser Adam';
}
