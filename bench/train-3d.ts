import { benchmarkTraining } from './support/network';

void benchmarkTraining('train-3d', [32, 128, 128]);
