const PACKAGE = '@segmenter/node-red-segmenter';

/**
 * Names the work that others wait for as the palette names its node: `train nuclei` is `Training nuclei` to a reader of German.
 * Work that no node of its name does, such as `list-samples`, keeps its name.
 * @param translate Node-RED's own, in the language of whoever reads
 */
export function nameOfWork(work: string, translate: (key: string) => string): string {
  const [job] = work.split(' ', 1);
  const label = 'palette.name';
  const name = translate(`${PACKAGE}/segmenter-${job}:${label}`);
  // A text that is not there is answered with its key.
  return name.endsWith(label) ? work : `${name}${work.slice(job.length)}`;
}
