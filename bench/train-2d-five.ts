import { benchmarkRow } from './support/rows';

void benchmarkRow('train-2d-five');
