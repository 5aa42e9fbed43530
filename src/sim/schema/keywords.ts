import type { Random } from '../engine/random.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type Schema = Readonly<Record<string, unknown>>

/** The state of the generator at one schema. */
export interface GeneratorContext {
  readonly random: Random
  /** Generates a value for a nested schema. */
  readonly below: (schema: unknown) => Json
  /** True deep inside a value: only required parts are generated. */
  readonly sparse: boolean
}

/** The value of a keyword, if it is a number. */
export const numberIn = (schema: Schema, keyword: string): number | undefined =>
  typeof schema[keyword] === 'number' ? schema[keyword] : undefined
