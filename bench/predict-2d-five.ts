import { benchmarkRow } from './support/rows';

void benchmarkRow('predict-2d-five');
