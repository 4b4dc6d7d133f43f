import type { TObject } from '#typebox';
import { page as compareModels } from '../compare-models/editor';
import { CompareModelsSettings } from '../compare-models/settings';
import { page as compute } from '../compute/editor';
import { ComputeNodeSettings } from '../compute/settings';
import { page as curate } from '../curate/editor';
import { CurateSettings } from '../curate/settings';
import { page as enough } from '../enough/editor';
import { EnoughSettings } from '../enough/settings';
import { page as evaluate } from '../evaluate/editor';
import { EvaluateSettings } from '../evaluate/settings';
import { page as events } from '../events/editor';
import { EventsSettings } from '../events/settings';
import { page as excludeRegions } from '../exclude-regions/editor';
import { ExcludeRegionsSettings } from '../exclude-regions/settings';
import { page as gate } from '../gate/editor';
import { GateSettings } from '../gate/settings';
import { page as loadImage } from '../load-image/editor';
import { LoadImageSettings } from '../load-image/settings';
import { page as mergeMasks } from '../merge-masks/editor';
import { MergeMasksSettings } from '../merge-masks/settings';
import { page as patch } from '../patch/editor';
import { PatchSettings } from '../patch/settings';
import { page as positions } from '../positions/editor';
import { PositionsSettings } from '../positions/settings';
import { page as predict } from '../predict/editor';
import { PredictSettings } from '../predict/settings';
import { page as preview } from '../preview/editor';
import { PreviewSettings } from '../preview/settings';
import { page as pseudoLabel } from '../pseudo-label/editor';
import { PseudoLabelSettings } from '../pseudo-label/settings';
import { page as saveImage } from '../save-image/editor';
import { SaveImageSettings } from '../save-image/settings';
import { page as threshold } from '../threshold/editor';
import { ThresholdNodeSettings } from '../threshold/settings';
import { page as train } from '../train/editor';
import { TrainNodeSettings } from '../train/settings';
import { page as watch } from '../watch/editor';
import { WatchSettings } from '../watch/settings';
import type { EditorPage } from './page';

/** A node's page in the editor and the settings that it edits. */
export interface NodePage {
  page: EditorPage;
  settings: TObject;
}

/** Every node type of the package. The build makes a page of each. */
export const NODE_PAGES: readonly NodePage[] = [
  { page: compareModels, settings: CompareModelsSettings },
  { page: compute, settings: ComputeNodeSettings },
  { page: curate, settings: CurateSettings },
  { page: enough, settings: EnoughSettings },
  { page: evaluate, settings: EvaluateSettings },
  { page: events, settings: EventsSettings },
  { page: excludeRegions, settings: ExcludeRegionsSettings },
  { page: gate, settings: GateSettings },
  { page: loadImage, settings: LoadImageSettings },
  { page: mergeMasks, settings: MergeMasksSettings },
  { page: patch, settings: PatchSettings },
  { page: positions, settings: PositionsSettings },
  { page: predict, settings: PredictSettings },
  { page: preview, settings: PreviewSettings },
  { page: pseudoLabel, settings: PseudoLabelSettings },
  { page: saveImage, settings: SaveImageSettings },
  { page: threshold, settings: ThresholdNodeSettings },
  { page: train, settings: TrainNodeSettings },
  { page: watch, settings: WatchSettings },
];
