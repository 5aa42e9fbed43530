// How many times a property is tried: few by default, more in a long run (PROPERTY_RUNS=5000 npm test -- FILE).
import type { Parameters } from 'fast-check'

const USUAL_RUNS = 100

const wanted = Number(process.env['PROPERTY_RUNS'] ?? USUAL_RUNS)
if (!(wanted >= 1))
  throw new Error(`PROPERTY_RUNS is the number of runs of a property, not "${process.env['PROPERTY_RUNS']}"`)

/** `percent`: below 100 for a property whose single run is expensive. */
export const runs = (percent = 100): Pick<Parameters, 'numRuns'> => ({ numRuns: Math.ceil((wanted * percent) / 100) })
