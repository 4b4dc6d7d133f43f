/** The script of a worker process; the host forks it. */
import { implementations } from '../implementations';
import { serveJobs } from './serve-jobs';

serveJobs(implementations);
