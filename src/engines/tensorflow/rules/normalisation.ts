import { range } from '../../../graph/builder';
import type { NativeTensor, TensorFlow } from '../library';
import type { Rules } from './types';

/**
 * Instance norm in operations that every backend has; `graph/lowering/normalisation.ts` has the formulas. Moments are
 * computed anew for each gradient: quick it is in `native.ts`.
 */
export const NORMALISATION: Pick<Rules, 'instanceNorm' | 'instanceNormInputGradient' | 'instanceNormScaleGradient'> = {
  instanceNorm: ({ tf }, { attributes }, [x, scale, shift]) => {
    const { centred, inverse } = moments(tf, x, attributes.epsilon);
    return tf.add(tf.mul(centred, tf.mul(inverse, scale)), shift);
  },

  instanceNormInputGradient: ({ tf }, { attributes }, [x, scale, dy]) => {
    const { centred, inverse, positions } = moments(tf, x, attributes.epsilon);
    const covariance = tf.mean(tf.mul(dy, centred), positions, true);
    const slope = tf.mul(tf.square(inverse), covariance);
    const rest = tf.sub(tf.sub(dy, tf.mean(dy, positions, true)), tf.mul(centred, slope));
    return tf.mul(rest, tf.mul(inverse, scale));
  },

  instanceNormScaleGradient: ({ tf }, { attributes, shape }, [x, dy]) => {
    const { centred, inverse, positions } = moments(tf, x, attributes.epsilon);
    const perItem = tf.mul(tf.sum(tf.mul(dy, centred), positions, true), inverse);
    return tf.reshape(tf.sum(perItem, [0], false), [...shape]);
  },
};

/** x - mean and 1 / sqrt(variance + epsilon) of each channel of each item; x is stored, its channels last. */
function moments(tf: TensorFlow, x: NativeTensor, epsilon: number) {
  const positions = range(1, x.shape.length - 1);
  const centred = tf.sub(x, tf.mean(x, positions, true));
  const variance = tf.mean(tf.square(centred), positions, true);
  const inverse = tf.rsqrt(tf.add(variance, tf.tensor(Float32Array.of(epsilon), [1])));
  return { centred, inverse, positions };
}
