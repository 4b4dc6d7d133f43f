import { readdir, readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Static, Type } from '#typebox';
import { ownPackage } from '../../base/own-package';
import { canonicalHash } from '../../base/plain-json';

const TextOrNull = Type.Union([Type.String(), Type.Null()]);

/** All that a trial's result depends on: with any of it changed, backends are tried anew. */
export const MachineSchema = Type.Object({
  host: Type.String(),
  cpu: Type.String(),
  cores: Type.Integer(),
  /** as the system names them; none where it does not say */
  gpus: Type.Array(Type.String()),
  /** of NVIDIA */
  driver: TextOrNull,
  /** stands for the native libraries of each engine, which may be exchanged without a new version */
  libraries: Type.Record(Type.String(), Type.String()),
  /** variables that decide which devices a library finds */
  environment: Type.Record(Type.String(), Type.String()),
  versions: Type.Object({
    package: Type.String(),
    node: Type.String(),
    /** null: not installed */
    'onnxruntime-node': TextOrNull,
    '@tensorflow/tfjs-node-gpu': TextOrNull,
  }),
});
export type Machine = Static<typeof MachineSchema>;

/** Where each package keeps its native libraries. */
const LIBRARY_FOLDERS: Record<string, string[]> = {
  'onnxruntime-node': ['bin'],
  '@tensorflow/tfjs-node-gpu': ['lib', 'deps/lib'],
  '@tensorflow/tfjs-node': ['lib', 'deps/lib'],
};
const LIBRARY = /\.(node|dll|dylib)$|\.so(\.\d+)*$/;

const ENVIRONMENT = [
  'CUDA_VISIBLE_DEVICES',
  'NVIDIA_VISIBLE_DEVICES',
  'VK_ICD_FILENAMES',
  'VK_DRIVER_FILES',
  'LD_LIBRARY_PATH',
];

/** This machine, by what can be read without loading any native library. */
export async function describeMachine(): Promise<Machine> {
  const nvidia = await readNvidia('/proc/driver/nvidia');
  const set = ENVIRONMENT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return {
    host: os.hostname(),
    cpu: os.cpus()[0]?.model.trim() || os.arch(),
    cores: os.availableParallelism(),
    gpus: nvidia.gpus.length > 0 ? nvidia.gpus : await otherGpus('/sys/class/drm'),
    driver: nvidia.driver,
    libraries: await libraries(),
    environment: Object.fromEntries(set) as Record<string, string>,
    versions: {
      package: ownPackage().version,
      node: process.versions.node,
      'onnxruntime-node': versionOf('onnxruntime-node'),
      '@tensorflow/tfjs-node-gpu': versionOf('@tensorflow/tfjs-node-gpu'),
    },
  };
}

/** What NVIDIA's driver for Linux tells of itself and its devices. */
async function readNvidia(folder: string): Promise<{ gpus: string[]; driver: string | null }> {
  const version = await readText(path.join(folder, 'version'));
  const gpus: string[] = [];
  for (const device of await names(path.join(folder, 'gpus'))) {
    const model = /^Model:\s*(.+)$/m.exec(await readText(path.join(folder, 'gpus', device, 'information')))?.[1];
    if (model) gpus.push(model.trim());
  }
  return { gpus, driver: driverVersion(version) };
}

/** The first word of digits and dots behind `Kernel Module`. */
function driverVersion(text: string): string | null {
  const [, behind = ''] = text.split('Kernel Module');
  return behind.split(/\s/).find((word) => /^\d[\d.]*\.\d+$/.test(word)) ?? null;
}

/** Graphics devices that Linux knows, as PCI numbers of vendor and device. */
async function otherGpus(folder: string): Promise<string[]> {
  const gpus: string[] = [];
  for (const card of (await names(folder)).filter((name) => /^card\d+$/.test(name))) {
    const [vendor, device] = await Promise.all(
      ['vendor', 'device'].map((file) => readText(path.join(folder, card, 'device', file))),
    );
    if (vendor && device) gpus.push(`PCI ${vendor.trim()}:${device.trim()}`);
  }
  return gpus;
}

async function libraries(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, folders] of Object.entries(LIBRARY_FOLDERS)) {
    const home = folderOf(name);
    if (home === null) continue;
    const files: Array<[string, number, number]> = [];
    for (const folder of folders) {
      for (const file of (await readdir(path.join(home, folder), { recursive: true }).catch(() => [])).sort()) {
        if (!LIBRARY.test(file)) continue;
        const status = await stat(path.join(home, folder, file)).catch(() => null);
        if (status?.isFile()) files.push([file, status.size, Math.round(status.mtimeMs)]);
      }
    }
    found[name] = canonicalHash(files).slice(0, 12);
  }
  return found;
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

function versionOf(name: string): string | null {
  const home = folderOf(name);
  return home && (require(path.join(home, 'package.json')) as { version: string }).version;
}

function folderOf(name: string): string | null {
  try {
    return path.dirname(require.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}
