import path from 'node:path';
import { makeSampleData } from './sample-data';

/** `node make-sample-data.js FOLDER`: writes the sample data of the example flows. */
async function main([folder]: string[]): Promise<void> {
  if (!folder) throw new Error('the folder for the sample data: expected a path as first argument, got none');
  await makeSampleData(path.resolve(folder));
  console.log(`sample data in ${path.resolve(folder)}`);
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
