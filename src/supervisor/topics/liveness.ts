import { downReports } from '../../routing/fleet/check-targets.ts'
import type { LivenessReport } from '../../routing/health/shared-state.ts'
import { SUPERVISOR } from '../bus/topic.ts'
import type { Member } from './member.ts'

/** Results of active health checks. The supervisor checks for all. */
export function joinLiveness({ id, bus, gatewayProcess }: Member): void {
  const publish = bus.join<LivenessReport>({
    name: 'liveness',
    forward: 'none',
    snapshot: () => downReports(gatewayProcess.endpoints(), performance.now()),
    apply: gatewayProcess.applyLiveness,
  })
  if (id === SUPERVISOR) gatewayProcess.watchHealth(publish)
}
