import type { NodeAPI } from 'node-red';
import { queueStates } from '../queues';
import { answer, answerOwnSite } from './answer';
import type { MachinesAnswer, QueueRow } from './tab-api';

/** Serves the queues of compute nodes, with the machines that work for them. Nothing is asked of a queue while nobody looks. */
export function serveMachines(RED: NodeAPI): void {
  RED.httpAdmin.get('/segmenter/machines', RED.auth.needsPermission('segmenter-jobs.read'), (_request, response) => {
    answerOwnSite(response);
    return answer(response, async (): Promise<MachinesAnswer> => {
      const states = await queueStates();
      return {
        queues: states.map(({ id, state }): QueueRow => {
          const { address, problem, waiting, running, workers } = state;
          const shown = workers.map(({ name, version, isAlive, silentFor, devices, rests }) => ({
            ...{ name, version, isAlive, rests, seconds: Math.round(silentFor / 1000) },
            devices: devices.map((device) => ({ name: device.name, job: device.job })),
          }));
          return { id, name: RED.nodes.getNode(id)?.name ?? '', address, problem, waiting, running, workers: shown };
        }),
      };
    });
  });
}
