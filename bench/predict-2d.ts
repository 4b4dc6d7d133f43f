import { benchmarkPrediction } from './support/network';

void benchmarkPrediction('predict-2d', [512, 512]);
