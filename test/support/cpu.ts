/** How much work something is, whoever else works on this machine. */

/** Milliseconds of CPU that this process spent on it. */
export function cpuOf(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
