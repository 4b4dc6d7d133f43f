import { benchmarkRow } from './support/rows';

void benchmarkRow('train-3d-five');
