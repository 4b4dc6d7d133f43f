import { CONVOLUTION } from './convolution';
import { ELEMENTWISE_RULES } from './elementwise';
import { NORMALISATION } from './normalisation';
import type { Rules } from './types';

/** Rules that any backend of TensorFlow.js can follow. */
export const PLAIN_RULES: Rules = { ...ELEMENTWISE_RULES, ...CONVOLUTION, ...NORMALISATION };
