import { type Static, Type } from '#typebox';
import { bestThreshold } from '../../metrics/best-threshold';
import { HistogramJsonSchema, histogramFromJson, type ProbabilityHistogram } from '../../metrics/probability-histogram';
import { ObjectSizesSchema } from '../../trust/object-sizes';
import { holdsOutBlocks } from '../data/split';
import type { Preparation } from '../prepare';
import type { TrainingRecipe } from '../recipe';
import { TILE_SIZES, type TileSize, type TrainSettings } from '../settings';
import { DecodingTallySchema } from './decoding-tally';
import { canJudgeMoments } from './norm-moments';

const NORMS = ['tile', 'training'] as const;

/** How a network's predictions are made: whose moments its norms have, and in which tiles. */
export interface Form {
  norms: (typeof NORMS)[number];
  tiles: TileSize;
}

type FormName = `${Form['norms']}-${TileSize}`;

export function formName({ norms, tiles }: Form): FormName {
  return `${norms}-${tiles}`;
}

const closed = { additionalProperties: false };
const Histogram = Type.Optional(HistogramJsonSchema);
const FormsSchema = Type.Object(
  { 'tile-patch': Histogram, 'tile-large': Histogram, 'training-patch': Histogram, 'training-large': Histogram },
  closed,
);

/** What a training that did not see a fold found in it; probabilities by image and form, never pixels. */
export const FoldResultSchema = Type.Object(
  {
    images: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          /** what it was taken together with */
          group: Type.String(),
          forms: FormsSchema,
          /** of the form that was best so far, mirrorings averaged */
          mirrored: Type.Optional(HistogramJsonSchema),
          /** by the model that the training starts from, as its card says */
          start: Type.Optional(HistogramJsonSchema),
          /** its objects by size, as the training judges what it has seen ({@link seenForm}) */
          objects: Type.Optional(ObjectSizesSchema),
        },
        closed,
      ),
    ),
    /**
     * what the next fold holds out, and this training learned from, as it judges what it has seen ({@link seenForm}); absent: there
     * is one fold alone
     */
    seen: Type.Optional(Type.Array(HistogramJsonSchema)),
    /** what each way of decoding found in the images, where objects are told apart */
    decodings: Type.Optional(Type.Array(DecodingTallySchema)),
  },
  closed,
);
export type FoldResult = Static<typeof FoldResultSchema>;

/** The forms that there is a choice of. */
export function formsOf(
  preparation: Pick<Preparation, 'split' | 'samples'> & { settings: Pick<TrainSettings, 'tiles'> },
): Form[] {
  const norms = canJudgeMoments(preparation) ? NORMS : (['tile'] as const);
  return norms.flatMap((of) => tileSizes(of, preparation).map((size) => ({ norms: of, tiles: size })));
}

/**
 * The sizes of tiles that there is a choice of. Where each tile has norms of its own and blocks are held out, nothing tells of large
 * ones: of a block they hold as much as the block, of an image far more, in other shares of object and background.
 */
export function tileSizes(
  norms: Form['norms'],
  { settings: { tiles }, split }: Pick<Preparation, 'split'> & { settings: Pick<TrainSettings, 'tiles'> },
): readonly TileSize[] {
  if (tiles !== 'auto') return [tiles];
  return holdsOutBlocks(split) && norms === 'tile' ? ['patch'] : TILE_SIZES;
}

/** The form in which trainings are compared on what they have seen and have not: one that every training can have. */
export function seenForm(among: readonly Form[]): Form {
  return among.find(({ norms, tiles }) => norms === 'training' && tiles === among[0].tiles) ?? among[0];
}

/** The histograms of a form, by fold; null where an image lacks it. */
export function histogramsOf(folds: readonly FoldResult[], form: Form): ProbabilityHistogram[][] | null {
  const name = formName(form);
  if (folds.some(({ images }) => images.some(({ forms }) => !forms[name]))) return null;
  return folds.map(({ images }) => images.flatMap(({ forms }) => forms[name] ?? []).map(histogramFromJson));
}

/** A form that was chosen, and the best mean Dice of each. */
export interface ChosenForm {
  form: Form;
  dice: Partial<Record<FormName, number>>;
}

/**
 * Chooses the form by all images out of fold, at the best threshold of each form: norms that do not depend on the tile
 * unless they are worse by more than `fixedNormsLoss`, large tiles where they are better by `largeTilesGain`.
 * @param among the forms that are left, the tiles near the patch first
 * @throws InvalidInputError when no image has foreground
 */
export function chooseForm(
  folds: readonly FoldResult[],
  among: readonly Form[],
  { fixedNormsLoss, largeTilesGain }: Pick<TrainingRecipe, 'fixedNormsLoss' | 'largeTilesGain'>,
): ChosenForm {
  const judged = among.flatMap((form) => {
    const images = histogramsOf(folds, form);
    return images ? [{ form, dice: bestThreshold(images.flat()).meanDice }] : [];
  });
  const dice = Object.fromEntries(judged.map((one) => [formName(one.form), one.dice]));
  const [first] = judged;
  const others = judged.slice(1);
  let chosen = first;
  const fixed = others.find(({ form }) => form.norms === 'training' && form.tiles === first.form.tiles);
  if (fixed && fixed.dice >= first.dice - fixedNormsLoss) chosen = fixed;
  const large = others.find(({ form }) => form.norms === chosen.form.norms && form.tiles !== chosen.form.tiles);
  if (large && large.dice >= chosen.dice + largeTilesGain) chosen = large;
  return { form: chosen.form, dice };
}
