import type { Random } from '../engine/random.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type Schema = Readonly<Record<string, unknown>>

/** Where the generator stands. */
export interface Place {
  readonly random: Random
  /** A value for a schema below this one. */
  readonly below: (schema: unknown) => Json
  /** So deep that only what must be there is written. */
  readonly sparse: boolean
}

/** A keyword that holds a number. */
export const numberIn = (schema: Schema, keyword: string): number | undefined =>
  typeof schema[keyword] === 'number' ? schema[keyword] : undefined
