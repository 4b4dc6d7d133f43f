import type { NodeAPI } from 'node-red';
import { ANONYMOUS, type Change } from '../../src/events/change';
import { noteChange } from '../event-log';
import { type AdminRequest, userOf } from './request';

/** Logs what was changed on a request, by whom Node-RED's login says. Never throws and never waits. */
export function noteChangeBy(RED: NodeAPI, request: AdminRequest, change: Omit<Change, 'who'>): void {
  noteChange(RED, { who: userOf(request) ?? ANONYMOUS, ...change });
}
