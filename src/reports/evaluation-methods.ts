import type { EvaluationMatter } from './evaluation-matter';
import type { EvaluationRequest } from './evaluation-request';
import { count, interval, share } from './format';
import { networkText } from './model-section';
import { scoreSentence } from './score-words';
import { statisticOf } from './statistics';

/** Writes a paragraph for the methods section of a paper. */
export function evaluationMethods(request: EvaluationRequest, { cards, software }: EvaluationMatter): string {
  const { rows, failed, models, thresholds } = request;
  const files = new Set(rows.map(({ file }) => file)).size;
  const full = rows.filter(({ emptyReference }) => !emptyReference);
  const dice = statisticOf((full.length > 0 ? full : rows).map(({ file, dice: value }) => ({ file, value })));
  const made = models.map(({ name, version, sha256 }) => {
    const card = cards.find((one) => one.name === name && one.version === version);
    return `${name}@${version} (${card ? `${networkText(card)}; ` : ''}SHA-256 ${sha256.slice(0, 12)})`;
  });
  const sentences = [
    `Segmentations of ${count(rows.length, 'image')} from ${count(files, 'file')} were compared with reference segmentations using ${software.package} ${software.version} (Node.js ${software.node}${software.onnxruntime ? `, ONNX Runtime ${software.onnxruntime}` : ''}).`,
    made.length > 0
      ? `They were predicted with ${made.length === 1 ? 'the model' : 'the models'} ${made.join(' and ')}.`
      : null,
    thresholds.length > 0 ? `Masks were made by ${thresholds.join('; ')}.` : null,
    scoreSentence(request),
    `Means are over images${full.length > 0 && full.length < rows.length ? ' whose reference has foreground' : ''}; intervals are 95 % percentile bootstrap intervals over files (2,000 resamples).`,
    dice
      ? `The mean Dice was ${share(dice.mean)}${dice.interval ? ` (95 % interval ${interval(dice.interval, share)})` : ''}.`
      : null,
    failed.length > 0 ? `${count(failed.length, 'image')} could not be compared.` : null,
  ];
  return sentences.flatMap((sentence) => sentence ?? []).join(' ');
}
