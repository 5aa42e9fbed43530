import type { SimulatedModel } from '../config/zero-config.ts'
import { type Fleet, startFleet } from '../sim/fleet.ts'

const MODELS = ['sim-1b', 'sim-3b'] as const
const SERVERS_EACH = 2

export interface SimulatedModels {
  readonly models: readonly SimulatedModel[]
  stop(): void
}

/**
 * Starts two small models on simulated inference servers (HTTP on loopback), so that Sluice can be tried without a
 * provider.
 */
export async function startSimulated(): Promise<SimulatedModels> {
  const fleets: Fleet[] = []
  for (const model of MODELS) fleets.push(await startFleet({ model, servers: SERVERS_EACH, port: 0 }))
  return {
    models: MODELS.map((name, index) => ({ name, urls: fleets[index]!.urls })),
    stop: () => fleets.forEach((fleet) => fleet.stop()),
  }
}

export const NOT_SIMULATED: SimulatedModels = { models: [], stop: () => {} }
