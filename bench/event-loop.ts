import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Shape5 } from '../src/image/region';
import type { NetworkSpec } from '../src/network';
import { type FlowNode, NodeRedProcess } from '../test/flows/support/node-red-process';
import { flowNode, flowStart } from './support/flow';
import { report } from './support/measure';
import { publishStandIn, writeDiscs, writeVolume } from './support/stand-ins';

const SHAPE: Shape5 = [1, 1, 64, 1024, 1024];
/** The image is what may block; a tiny network keeps the run short. */
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };
const MINUTE = 60;

/**
 * Functions of the flow. Delays are looked for every millisecond, which is counted in. On a busy machine a process waits
 * for its turn, so beside the longest delay stands the longest time in which it computed itself, all its threads together.
 */
const WATCH = `
  const watch = { delay: perf_hooks.monitorEventLoopDelay({ resolution: 1 }), busiest: 0 };
  let before = process.cpuUsage();
  watch.timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    watch.busiest = Math.max(watch.busiest, user + system);
    before = process.cpuUsage();
  }, 1);
  watch.delay.enable();
  flow.set('watch', watch);
  return msg;`;
const TELL = `
  const { delay, busiest, timer } = flow.get('watch');
  clearInterval(timer);
  delay.disable();
  const ms = (ns) => Math.round(ns / 1e4) / 100;
  const [longestMs, p999Ms, meanMs] = [delay.max, delay.percentile(99.9), delay.mean].map(ms);
  return { found: { longestMs, busiestMs: ms(busiest * 1000), p999Ms, meanMs } };`;

/**
 * The longest time that Node-RED's own event loop is blocked while a large image goes through load-image,
 * exclude-regions, predict, threshold with labels, evaluate and save-image, the start of the workers included.
 */
async function main(): Promise<void> {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-event-loop-'));
  const data = path.join(userDir, 'data');
  mkdirSync(data);
  await publishStandIn(path.join(userDir, 'models'), SPEC, { z: null, y: 512, x: 512 });
  await writeVolume(path.join(data, 'raw.ome.tiff'), SHAPE);
  await writeDiscs(path.join(data, 'seg.ome.tiff'), SHAPE);
  const nodeRed = await NodeRedProcess.start(userDir, {});
  try {
    await nodeRed.deploy(flowOf(data));
    const begin = performance.now();
    await nodeRed.inject('start-node');
    const last = ({ type, id }: { type: string; id: string }) => type === 'sent' && id === 'stop-node';
    const [{ msg }] = await nodeRed.until('the end of the flow', last, { seconds: 20 * MINUTE });
    const timing = { seconds: (performance.now() - begin) / 1000 };
    report('event-loop', timing, { shape: SHAPE, ...(msg.found as object) });
  } finally {
    await nodeRed.stop();
    rmSync(userDir, { recursive: true, force: true });
  }
}

function flowOf(data: string): FlowNode[] {
  const polygon = JSON.stringify([
    [10, 10],
    [10, 200],
    [200, 200],
  ]);
  const libs = ['perf_hooks', 'process'].map((module) => ({ var: module, module }));
  return [
    ...flowStart('event loop', 'watch-node'),
    flowNode('watch-node', 'function', { func: WATCH, outputs: 1, libs }, [['load-node']]),
    flowNode(
      'load-node',
      'segmenter-load-image',
      { raw: path.join(data, 'raw.ome.tiff'), rawType: 'str', seg1: path.join(data, 'seg.ome.tiff'), seg1Type: 'str' },
      [['exclude-node']],
    ),
    flowNode('exclude-node', 'segmenter-exclude-regions', { regions: polygon, regionsType: 'json' }, [
      ['predict-node'],
    ]),
    flowNode('predict-node', 'segmenter-predict', { model: 'bench', modelType: 'str', force: true }, [
      ['threshold-node'],
    ]),
    flowNode('threshold-node', 'segmenter-threshold', { method: 'otsu', label: true, force: true }, [
      ['evaluate-node'],
    ]),
    flowNode('evaluate-node', 'segmenter-evaluate', {}, [['save-node'], []]),
    flowNode(
      'save-node',
      'segmenter-save-image',
      { image: 'labels', folder: path.join(data, 'out'), folderType: 'str' },
      [['stop-node']],
    ),
    // what goes to no wire is not sent
    flowNode('stop-node', 'function', { func: TELL, outputs: 1 }, [['end-node']]),
    flowNode('end-node', 'debug', { active: false }, []),
  ];
}

void main();
