// How the rules of a provider read a request that may hold anything, and name what is wrong with it.
import { type Fields, isFields } from '../wire/fields.ts'

/** Names a place of the request, `messages[2].content[0]`, and the problem there. */
export type Report = (place: string, problem: string) => void

/** The value as an object; without fields if it is none. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** The value as a list; empty if it is none. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** True for a field that is present and not null. */
export const isGiven = (fields: Fields, name: string): boolean => fields[name] !== undefined && fields[name] !== null

export const isBlank = (text: unknown): boolean => typeof text === 'string' && text.trim() === ''

export function checkKnown(report: Report, place: string, fields: Fields, known: ReadonlySet<string>): void {
  for (const name of Object.keys(fields)) if (!known.has(name)) report(at(place, name), 'unknown field')
}

export function checkRange(report: Report, place: string, value: unknown, min: number, max = Infinity): void {
  if (value === undefined || value === null) return
  if (typeof value !== 'number' || value < min || value > max)
    report(place, max === Infinity ? `must be a number of at least ${min}` : `must be a number from ${min} to ${max}`)
}

/** Checks the names of the offered tools: the characters, the length, and that no two are equal. */
export function checkToolNames(report: Report, tools: readonly NamedTool[], pattern: RegExp): void {
  const seen = new Set<string>()
  for (const { name, place } of tools) {
    checkName(report, place, name, pattern)
    if (typeof name === 'string' && seen.has(name)) report(place, `a second tool with the name "${name}"`)
    if (typeof name === 'string') seen.add(name)
  }
}

export interface NamedTool {
  readonly name: unknown
  readonly place: string
}

export function checkName(report: Report, place: string, name: unknown, pattern: RegExp): void {
  if (typeof name !== 'string' || !pattern.test(name)) report(place, `a name must match ${pattern.source}`)
}

/** A forced tool must be one of those that are offered. */
export function checkForced(report: Report, place: string, name: unknown, tools: readonly NamedTool[]): void {
  if (!tools.some((tool) => tool.name === name)) report(place, `no tool has the name ${JSON.stringify(name)}`)
}

/** Signatures and encrypted reasoning that a gateway made or marked mean nothing to a provider. */
export const isForeignSeal = (seal: unknown): boolean => typeof seal === 'string' && seal.startsWith('sluice.')

export const at = (place: string, name: string): string => (place === '' ? name : `${place}.${name}`)

/** The words of a text that white space separates. */
export const wordSet = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))
