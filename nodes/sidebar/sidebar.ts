import type { NodeAPI } from 'node-red';
import { serveAround } from '../admin/answer';
import { noteDeploys } from '../admin/deploys';
import { serveExchange } from '../admin/exchange';
import { serveFailed } from '../admin/failed';
import { serveFolders } from '../admin/folders';
import { serveHealth } from '../admin/health';
import { serveJobs } from '../admin/jobs';
import { serveLogs } from '../admin/logs';
import { serveMachines } from '../admin/machines';
import { serveModels } from '../admin/models';
import { serveReports } from '../admin/reports';
import { serveResults } from '../admin/results';
import { serveTrainings } from '../admin/trainings';

/** A plugin of Node-RED: serves what belongs to no single node; its other half is the tab "Segmentation" in the editor. */
export = (RED: NodeAPI): void => {
  serveJobs(RED);
  serveFailed(RED);
  serveMachines(RED);
  serveModels(RED);
  serveExchange(RED);
  serveResults(RED);
  serveReports(RED);
  serveFolders(RED);
  serveTrainings(RED);
  serveHealth(RED);
  serveLogs(RED);
  noteDeploys(RED);
  serveAround(RED);
};
