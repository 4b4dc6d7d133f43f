import { benchmarkWriting } from './support/stack';

void benchmarkWriting('write-zarr', {}, 'ome-zarr');
