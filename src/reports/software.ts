import os from 'node:os';
import { ownPackage } from '../base/own-package';

/** What computed a report and its numbers. */
export interface Software {
  /** name and version of this package */
  package: string;
  version: string;
  node: string;
  /** null: not installed */
  onnxruntime: string | null;
  system: string;
  processor: string;
}

/** Looks up the versions that a result depends on, and the machine. */
export function softwareOf(): Software {
  const { name, version } = ownPackage();
  return {
    package: name,
    version,
    node: process.versions.node,
    onnxruntime: versionOf('onnxruntime-node'),
    system: `${os.type()} ${os.release()} (${os.arch()})`,
    processor: `${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.availableParallelism()} threads`,
  };
}

function versionOf(name: string): string | null {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return null;
  }
}
