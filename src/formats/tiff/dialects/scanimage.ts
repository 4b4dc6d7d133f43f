import { keyValues, type TiffDocument } from '../document';
import type { Page } from '../page';
import { type AxisSize, arrangePages } from '../page-axes';
import type { TiffScene } from '../scene';
import { fullPages, plainScenes, sizeOfResolution } from './plain';

/**
 * Tells whether ScanImage wrote a TIFF: version 5.2 and later state it in the tag Software, earlier ones in the
 * description.
 */
export function isScanImage({ software, description }: TiffDocument): boolean {
  return /^(SI\.|scanimage\.SI|state\.)/m.test(software) || /^(scanimage\.SI|SI\.|state\.config)/m.test(description);
}

interface Stack {
  /** pages of a slice and frame */
  channels: number;
  slices: number;
  /** slices and the frames while the stage flies back */
  perVolume: number;
  /** frames of a slice that follow each other */
  perSlice: number;
}

/**
 * Reads ScanImage's pages, which run through channels first; then through slices, where a fast stack is taken volume by
 * volume, or through the frames of each slice, where the stage steps slowly. Frames of the way back are left out.
 */
export function scanImageScenes(document: TiffDocument): TiffScene[] {
  const pages = fullPages(document.pages);
  const stack = statedStack(keyValues(`${document.software}\n${document.description}`));
  const refuse = (why: string): TiffScene[] => {
    const [scene, ...others] = plainScenes(document, pages);
    const unclear = { why: `is a ScanImage file ${why}`, refused: true };
    return [pages.length > 1 ? { ...scene, unclear } : scene, ...others];
  };
  if (!stack) return refuse('whose channels are not understood');
  const { channels, slices, perVolume, perSlice } = stack;
  if (pages.length % channels !== 0) return refuse(`of ${channels} channels, but ${pages.length} pages`);
  const rest = pages.length / channels;
  const scene = (chosen: Page[], axes: AxisSize[], notes: string[] = []): TiffScene[] => [
    {
      format: 'tiff',
      ...arrangePages(chosen, [...axes, { axis: 'c', size: channels }]),
      channelNames: [],
      pixelSize: sizeOfResolution(document.resolution),
      notes,
    },
  ];
  if (slices === 1) return scene(pages, [{ axis: 't', size: rest }]);
  if (perSlice > 1) {
    if (rest % perSlice !== 0 || rest / perSlice > slices) {
      return refuse(`of ${slices} slices with ${perSlice} frames each, but ${rest} pages a channel`);
    }
    return scene(pages, [
      { axis: 'z', size: rest / perSlice },
      { axis: 't', size: perSlice },
    ]);
  }
  if (rest < slices) return scene(pages, [{ axis: 'z', size: rest }], [`slices that were taken: ${rest} of ${slices}`]);
  const volumes = Math.floor((rest + perVolume - slices) / perVolume);
  const kept = pages.filter((_, i) => {
    const frame = Math.floor(i / channels);
    return frame % perVolume < slices && frame < volumes * perVolume;
  });
  const left = rest - volumes * perVolume;
  const notes = left > 0 ? [`slices at the end, of a volume that is not complete, which are left out: ${left}`] : [];
  return scene(
    kept,
    [
      { axis: 't', size: volumes },
      { axis: 'z', size: slices },
    ],
    notes,
  );
}

/** Null where the channels that were saved are not stated. Slices of a stack that was not enabled are no slices. */
function statedStack(values: ReadonlyMap<string, string>): Stack | null {
  const text = (key: string) => values.get(`SI.${key}`) ?? values.get(`scanimage.SI.${key}`);
  const count = (key: string): number | null => {
    const value = Number(text(key) ?? Number.NaN);
    return Number.isInteger(value) && value > 0 ? value : null;
  };
  const saved = text('hChannels.channelSave');
  if (saved === undefined) return olderStack(values);
  const channels = saved.split(/[^\d]/).filter((each) => each !== '').length;
  if (channels === 0) return null;
  const on = (key: string) => /^(1|true)$/i.test(text(key) ?? '');
  const fast = on('hFastZ.enable');
  const slices = (fast || on('hStackManager.enable') ? statedSlices(count) : null) ?? 1;
  const frames = count('hStackManager.framesPerSlice') ?? 1;
  const averaged = count('hScan2D.logAverageFactor') ?? 1;
  const flyback = count('hFastZ.numDiscardFlybackFrames') ?? 0;
  return {
    channels,
    slices,
    perVolume: fast
      ? Math.max(slices, count('hStackManager.numFramesPerVolumeWithFlyback') ?? slices + flyback)
      : slices,
    perSlice: fast ? 1 : Math.max(1, Math.floor(frames / averaged)),
  };
}

function statedSlices(count: (key: string) => number | null): number | null {
  return count('hStackManager.actualNumSlices') ?? count('hStackManager.numSlices');
}

/** ScanImage 3 writes a key a channel. */
function olderStack(values: ReadonlyMap<string, string>): Stack | null {
  const channels = [1, 2, 3, 4].filter((n) => values.get(`state.acq.savingChannel${n}`) === '1').length;
  const slices = Number(values.get('state.acq.numberOfZSlices') ?? 1);
  const frames = values.get('state.acq.averaging') === '1' ? 1 : Number(values.get('state.acq.numberOfFrames') ?? 1);
  const known = channels > 0 && [slices, frames].every((n) => Number.isInteger(n) && n > 0);
  return known ? { channels, slices, perVolume: slices, perSlice: frames } : null;
}
