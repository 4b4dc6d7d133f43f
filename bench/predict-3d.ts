import { benchmarkPrediction } from './support/network';

void benchmarkPrediction('predict-3d', [32, 128, 128]);
