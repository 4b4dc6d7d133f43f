// Fetches ONNX Runtime's CUDA provider, which its package leaves out. `npm run setup:cuda`
//   --package FILE   take it from a package (.nupkg) that was downloaded elsewhere
//   --feed URL       index of another NuGet feed than the one that onnxruntime-node names
//   --into FOLDER    install there instead of beside onnxruntime-node's own library
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs, promisify } from 'node:util';
import { inRoot } from './paths.mjs';
import { ready } from './ready.mjs';
import { stop } from './run.mjs';

const PLATFORM = 'linux/x64';
/** The engine looks for the last one, so it is put in place last. */
const LIBRARIES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
const NEEDED = "NVIDIA's driver, the CUDA 12 runtime (cudart, cuBLAS, cuFFT, cuRAND) and cuDNN 9";
const MOST_BYTES = 3 * 2 ** 30;
const ANSWER_MS = 60_000;

const values = parameters();
await ready({ compile: false });
const runtime = createRequire(packageOfRuntime());
const { version } = runtime('./package.json');
const here = `${process.platform}/${process.arch}`;
if (here !== PLATFORM) stop(`setup:cuda: ONNX Runtime for Node.js has CUDA on ${PLATFORM} only, this is ${here}`);
const into = path.resolve(
  values.into ?? path.dirname(runtime.resolve(`./bin/napi-v6/${PLATFORM}/libonnxruntime.so.1`)),
);
const { manifest, name, feed } = wanted();

const work = mkdtempSync(path.join(os.tmpdir(), 'setup-cuda-'));
let failure = null;
try {
  const file = values.package ? path.resolve(values.package) : await download(values.feed ?? feed, work);
  install(librariesOf(file));
  console.log(`setup:cuda: the CUDA provider of ONNX Runtime ${version} is in ${into}`);
  console.log(await whatIsMissing());
} catch (error) {
  failure = `setup:cuda: ${error.message}${error.cause ? ` (${error.cause.message})` : ''}; nothing was installed`;
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (failure) stop(failure);

function parameters() {
  const options = { package: { type: 'string' }, feed: { type: 'string' }, into: { type: 'string' } };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return stop(`setup:cuda: ${error.message}; expected --package FILE, --feed URL or --into FOLDER`);
  }
}

/** Beside this package or in it: npm decides. */
function packageOfRuntime() {
  try {
    return createRequire(inRoot('package.json')).resolve('onnxruntime-node/package.json');
  } catch {
    return stop('setup:cuda: onnxruntime-node is not installed: npm install onnxruntime-node');
  }
}

/** What onnxruntime-node's own install script would take, by its metadata. */
function wanted() {
  const { requirements, manifests, packages, feeds } = runtime('./script/install-metadata.js');
  const [kind] = requirements[PLATFORM].filter((one) => one.startsWith('cuda'));
  const files = manifests[`${PLATFORM}:${kind}`];
  const source = packages[files[`./${LIBRARIES[0]}`].package];
  const known = source.versions.find((one) => one.version === version) ?? source.versions[0];
  if (known.version !== version) stop(`setup:cuda: onnxruntime-node ${version} names the provider ${known.version}`);
  return { manifest: files, name: source.name, feed: feeds[known.feed].index };
}

/** Downloads the package of the feed and checks it against the feed's own SHA-512. */
async function download(index, folder) {
  const { resources } = await json(index);
  const service = (type) => {
    const found = resources?.find((one) => String(one['@type']).startsWith(type));
    if (!found) throw new Error(`${index}: expected a NuGet feed with ${type}`);
    return found['@id'].replace(/\/?$/, '/');
  };
  const id = name.toLowerCase();
  const { catalogEntry } = await json(`${service('RegistrationsBaseUrl')}${id}/${version}.json`);
  const entry = typeof catalogEntry === 'string' ? await json(catalogEntry) : catalogEntry;
  if (!entry?.packageHash || !/^sha512$/i.test(entry.packageHashAlgorithm ?? 'sha512')) {
    throw new Error(`${index}: expected a SHA-512 of ${name} ${version}`);
  }
  const url = `${service('PackageBaseAddress')}${id}/${version}/${id}.${version}.nupkg`;
  console.log(`setup:cuda: downloading ${url}`);
  const response = await get(url);
  const file = path.join(folder, 'package.nupkg');
  const hash = createHash('sha512');
  let bytes = 0;
  const watch = new Transform({
    transform(chunk, _, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > MOST_BYTES ? new Error(`${url}: expected at most ${MOST_BYTES} bytes`) : null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(file));
  if (hash.digest('base64') !== entry.packageHash) throw new Error(`${url}: what came has not the SHA-512 of the feed`);
  return file;
}

async function json(url) {
  const response = await get(url);
  try {
    return await response.json();
  } catch (cause) {
    throw new Error(`${url}: expected JSON`, { cause });
  }
}

async function get(url) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  try {
    const response = await fetch(url, { signal: waiting.signal });
    if (!response.ok) throw new Error(`${url}: expected the package feed, got HTTP status ${response.status}`);
    return response;
  } catch (error) {
    if (error.message.startsWith(url)) throw error;
    throw new Error(`${url} is not reachable`, { cause: error.cause ?? error });
  } finally {
    clearTimeout(timer);
  }
}

/** The libraries in a package, checked: their CRCs by the archive's reader, that they are libraries by their first bytes. */
function librariesOf(file) {
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  const Zip = createRequire(runtime.resolve('./package.json'))('adm-zip');
  let zip;
  try {
    zip = new Zip(file);
  } catch (cause) {
    throw new Error(`${file} is no NuGet package`, { cause });
  }
  return LIBRARIES.map((library) => {
    const { path: inside } = manifest[`./${library}`];
    const content = zip.getEntry(inside)?.getData();
    if (!content) throw new Error(`${file}: expected ${inside} in it`);
    if (content.subarray(0, 4).toString('latin1') !== '\x7fELF')
      throw new Error(`${inside}: expected a library for Linux`);
    return { library, content };
  });
}

/** Puts all libraries in place, or none. */
function install(libraries) {
  const partOf = ({ library }) => path.join(into, `.${library}.part`);
  try {
    for (const one of libraries) writeFileSync(partOf(one), one.content, { mode: 0o644 });
    for (const one of libraries) renameSync(partOf(one), path.join(into, one.library));
  } finally {
    for (const one of libraries) rmSync(partOf(one), { force: true });
  }
}

/** A line on what else the provider needs. */
async function whatIsMissing() {
  const { stdout } = await promisify(execFile)('ldd', [path.join(into, LIBRARIES[1])]).catch(() => ({ stdout: '' }));
  const missing = [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, library]) => library);
  const own = missing.filter((library) => !library.startsWith('libonnxruntime'));
  const list = own.length > 0 ? ` Not found on this computer: ${own.join(', ')}.` : '';
  return `setup:cuda: it also needs ${NEEDED}.${list}`;
}
