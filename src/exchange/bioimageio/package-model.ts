import type { Operation } from './operations';

/** An axis of a tensor of a package. */
export interface PackageAxis {
  letter: 'b' | 'c' | 'z' | 'y' | 'x';
  /** what operations call it */
  id: string;
  /** pixels; null: any, or that of the input */
  size: number | { min: number; step: number } | null;
  /** micrometres a pixel; absent: not known */
  micrometres?: number;
  /** pixels at each border that are to be cut off */
  halo?: number;
  /** of channels */
  names?: string[];
}

/** An input or output of a package. */
export interface PackageTensor {
  id: string;
  axes: PackageAxis[];
  operations: Operation[];
  /** name of its test tensor's file; null: there is none */
  test: string | null;
}

/** How far outputs may differ: more than absolute + relative * |expected| at no more than so many of a million values. */
export interface Tolerance {
  absolute: number;
  relative: number;
  perMillion: number;
}

/** What is read of a package's description, whichever version of the specification it is of. */
export interface PackageModel {
  title: string;
  id?: string;
  authors: string[];
  licence?: string;
  cite: string[];
  input: PackageTensor;
  output: PackageTensor;
  weights: { source: string; sha256: string | null };
  tolerance: Tolerance;
  /** of probabilities, where this program wrote the package; null: nobody says */
  threshold: number | null;
}

/** What the specification takes where a package says nothing. */
export const USUAL_TOLERANCE: Tolerance = { absolute: 1e-3, relative: 1e-3, perMillion: 100 };
