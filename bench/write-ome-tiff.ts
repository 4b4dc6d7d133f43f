import { benchmarkWriting } from './support/stack';

void benchmarkWriting('write-ome-tiff', { compression: 'none' });
