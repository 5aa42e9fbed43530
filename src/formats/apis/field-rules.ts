// Rules for the top-level fields of requests that several APIs share.
import type { JsonType } from '../../codecs/json/scan.ts'

/** The rule for a field that is present. */
export interface FieldRule {
  readonly types: readonly JsonType[]
  readonly min?: number
  readonly integer?: boolean
}

export const number = { types: ['number'] } as const
export const unsigned = { ...number, min: 0 } as const
export const count = { types: ['number'], min: 1, integer: true } as const
export const cap = { types: ['number'], min: 0, integer: true } as const
export const flag = { types: ['boolean'] } as const
export const text = { types: ['string'] } as const
export const list = { types: ['array'] } as const
export const object = { types: ['object'] } as const
