import { benchmarkRow } from './support/rows';

void benchmarkRow('predict-large');
