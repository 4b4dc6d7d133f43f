/** For how many milliseconds this process computed since `before`: what else the machine does counts for nothing. */
export function computedMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
