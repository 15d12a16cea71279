/**
 * A simulated Proxmox VE: what users of this folder may use. To be loaded only when it is needed:
 * `await import('../simulator/index.ts')`.
 */

export { foreignVm, seedOf, tokenOf, type ClusterSeedOptions } from './fixture.ts';
export {
  accessByRecipe,
  DEFAULT_TOKEN,
  roleEverywhere,
  runRecipe,
  type LimitedAccess,
  type TokenIdentity,
} from './identity.ts';
export { INSTALLATIONS, installationSeed, type Installation, type InstallationOptions } from './installations.ts';
export { parsePropertyString } from './schema/check.ts';
export { endpointsOf, vmConfigProperties } from './schema/facts.ts';
export { FormatError, objectFormat, printPropertyString, type PropertyValues } from './schema/property-string.ts';
export { formatSize, parseSize } from './schema/size.ts';
export {
  PVE_VERSIONS,
  type Endpoint,
  type ObjectFormat,
  type PropertySchema,
  type PveVersion,
} from './schema/types.ts';
export { liveLines } from './live.ts';
export { contradictionsWith } from './record/compare.ts';
export { record } from './record/record.ts';
export { makeChange, rehearseChange, type ChangeStage } from './rehearsal/change.ts';
export type { Outcome, VmOutcome } from './rehearsal/outcome.ts';
export {
  rehearse,
  type ClientResult,
  type RehearsalClient,
  type RehearsalResult,
  type RehearsedVerb,
} from './rehearsal/rehearse.ts';
export type { Step } from './rehearsal/steps.ts';
export { powerCycle } from './handlers/console.ts';
export { markdownReport, requestLine, stepLines, summaryLine, type Rehearsed } from './rehearsal/report.ts';
export { startFor } from './rehearsal/stage.ts';
export { startSimulator, type Simulator, type SimulatorOptions } from './server/start.ts';
export type { AccessSeed, Consultation } from './state/access.ts';
export type { AclEntry } from './state/acl.ts';
export { manualClock, realClock, type Clock, type ManualClock } from './state/clock.ts';
export {
  NO_DURATION,
  QUICK_DURATIONS,
  REAL_DURATIONS,
  scaledDurations,
  type TaskDurations,
} from './state/durations.ts';
export { mergePending } from './state/config.ts';
export type { Fault, FaultEffect, FaultPlan, FaultTarget } from './state/faults.ts';
export type { Host, HostSeed, VmSeed } from './state/host.ts';
export type { HaSeed } from './state/ha.ts';
export type { ContainerSeed } from './state/containers.ts';
export type { NodeState } from './state/node-states.ts';
export type { LogEntry, RequestLog } from './state/log.ts';
export type { Storage, StorageSeed, Volume } from './state/volume.ts';
export type { Task } from './state/tasks.ts';
export type { VirtualMachine, VmConfig } from './state/vms.ts';
