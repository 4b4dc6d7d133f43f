import type { OmeImage, OmeTiffData } from './xml';

/** Where the planes of an OME image are; planes are counted [t, group, z], z fastest. */
export interface PlanePlaces {
  /** the directory of each plane, -1 where none is listed */
  directory: Int32Array;
  /** the TiffData element that lists it, -1 where none does */
  element: Int32Array;
}

/**
 * Which plane lies in which directory, from DimensionOrder and TiffData (OME-TIFF specification, "The TiffData element").
 * @param groups directories per t and z; each holds `samples` channels
 * @param next the first directory of an image without TiffData
 * @param outside throws for a TiffData element that begins outside the image
 */
export function placePlanes(
  image: OmeImage,
  groups: number,
  samples: number,
  next: number,
  outside: (data: OmeTiffData) => never,
): PlanePlaces {
  const sizes: Record<string, number> = { Z: image.sizeZ, C: groups, T: image.sizeT };
  const [a, b, c] = image.planeOrder;
  const total = groups * image.sizeZ * image.sizeT;
  const directory = new Int32Array(total).fill(-1);
  const element = new Int32Array(total).fill(-1);
  const place = (serial: number, ifd: number, data: number): void => {
    const at: Record<string, number> = {
      [a]: serial % sizes[a],
      [b]: Math.floor(serial / sizes[a]) % sizes[b],
      [c]: Math.floor(serial / (sizes[a] * sizes[b])),
    };
    const plane = (at.T * groups + at.C) * image.sizeZ + at.Z;
    directory[plane] = ifd;
    element[plane] = data;
  };
  if (image.tiffData.length === 0) for (let i = 0; i < total; i++) place(i, next + i, -1);

  // FirstC counts channels, or the samples of all channels with some writers: then it exceeds the channel count.
  const countsSamples = image.tiffData.some(({ firstC }) => firstC >= groups) ? samples : 1;
  for (const [index, data] of image.tiffData.entries()) {
    const first: Record<string, number> = {
      Z: data.firstZ,
      C: Math.floor(data.firstC / countsSamples),
      T: data.firstT,
    };
    if (first.Z >= sizes.Z || first.C >= sizes.C || first.T >= sizes.T) outside(data);
    const start = first[a] + sizes[a] * (first[b] + sizes[b] * first[c]);
    const count = Math.min(planeCount(data, total), total - start);
    for (let i = 0; i < count; i++) place(start + i, (data.ifd ?? 0) + i, index);
  }
  return { directory, element };
}

/** How many directories an element lists: with IFD one, without all planes, unless it says so. */
export function planeCount({ planeCount, ifd }: OmeTiffData, planes: number): number {
  return planeCount ?? (ifd === null ? planes : 1);
}
