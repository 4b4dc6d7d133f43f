/** Where the definitions come from. */
export const SOURCES: readonly string[] = [
  'Maier-Hein, Reinke et al., Metrics reloaded: recommendations for image analysis validation, Nature Methods 2024, doi 10.1038/s41592-023-02151-z',
  'Nikolov et al., Clinically applicable segmentation of head and neck anatomy for radiotherapy, J Med Internet Res 2021 (surface Dice)',
  'Felzenszwalb, Huttenlocher, Distance transforms of sampled functions, Theory of Computing 2012',
  'Kirillov et al., Panoptic segmentation, CVPR 2019 (PQ)',
  'Naeini, Cooper, Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015 (ECE)',
  'Efron, Tibshirani, An Introduction to the Bootstrap, 1993',
];
