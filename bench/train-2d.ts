import { benchmarkTraining } from './support/network';

void benchmarkTraining('train-2d', [512, 512]);
