import { benchmarkRow } from './support/rows';

void benchmarkRow('predict-3d-five');
