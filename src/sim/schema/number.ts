import type { Random } from '../engine/random.ts'
import { SimError } from '../wire/errors.ts'
import { numberIn, type Schema } from './keywords.ts'

const SPREAD = 100
const TRIES = 200

interface Bounds {
  readonly low: number
  readonly high: number
  /** Whether the bound itself is excluded. */
  readonly aboveLow: boolean
  readonly belowHigh: boolean
}

/** A number within the bounds of the schema, and a multiple of `multipleOf`. Throws SimError if none is found. */
export function numberOf(schema: Schema, integer: boolean, random: Random): number {
  const bounds = boundsOf(schema)
  const step = numberIn(schema, 'multipleOf')
  for (let tries = 0; tries < TRIES; tries++) {
    const value = candidate(bounds, step ?? (integer ? 1 : undefined), random)
    if (accepts(bounds, value) && (!integer || Number.isInteger(value)) && isMultiple(value, step)) return value
  }
  throw new SimError(400, 'No number fits the bounds of the JSON schema.')
}

/** In draft 4 exclusive bounds are flags beside the bound; in later drafts they are bounds of their own. */
function boundsOf(schema: Schema): Bounds {
  const [min, max] = [numberIn(schema, 'minimum'), numberIn(schema, 'maximum')]
  const [above, under] = [numberIn(schema, 'exclusiveMinimum'), numberIn(schema, 'exclusiveMaximum')]
  const lows = [min, above].filter((bound) => bound !== undefined)
  const highs = [max, under].filter((bound) => bound !== undefined)
  const low = lows.length > 0 ? Math.max(...lows) : highs.length > 0 ? Math.min(...highs) - SPREAD : 1
  const high = highs.length > 0 ? Math.min(...highs) : low + SPREAD
  return {
    low,
    high,
    aboveLow: above === low || schema['exclusiveMinimum'] === true,
    belowHigh: under === high || schema['exclusiveMaximum'] === true,
  }
}

function candidate({ low, high }: Bounds, step: number | undefined, random: Random): number {
  if (step !== undefined) {
    const first = Math.ceil(low / step)
    // If the step is wider than the bounds, no multiple may lie between them: the caller checks the candidate.
    const count = Math.max(0, Math.min(Math.floor(high / step) - first, 1e6))
    return rounded((first + Math.floor(random() * (count + 1))) * step, step)
  }
  const value = low + random() * (high - low)
  const short = Math.round(value * 100) / 100
  return short > low && short < high ? short : value
}

/** `7 * 0.01` without the binary rounding error. */
const rounded = (value: number, step: number): number => {
  const decimals = /\.(\d+)$/.exec(String(step))?.[1]?.length ?? 0
  return Number(value.toFixed(decimals))
}

const accepts = ({ low, high, aboveLow, belowHigh }: Bounds, value: number): boolean =>
  (aboveLow ? value > low : value >= low) && (belowHigh ? value < high : value <= high)

/** Tests by division, with its rounding errors, as validators do. */
const isMultiple = (value: number, step: number | undefined): boolean =>
  step === undefined || Number.isInteger(value / step)
